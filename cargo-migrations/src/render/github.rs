use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use migrations_source::{Diagnostic, Rule};

use crate::paths::shown;

/// A problem as a workflow command, which GitHub shows beside the line of the file.
///
/// <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>
pub(crate) fn problem(out: &mut dyn Write, problem: &Diagnostic) -> io::Result<()> {
    let place = problem.position().map(|at| format!(",line={},col={}", at.line, at.column));
    writeln!(
        out,
        "::{} file={}{},title={}::{}",
        problem.severity(),
        property(&path(problem.file())),
        place.unwrap_or_default(),
        property(problem.rule().map_or("migrations", Rule::name)),
        data(&text(problem)),
    )
}

/// GitHub knows files by their paths in the checkout.
fn path(file: &Path) -> String {
    let checkout = env::var_os("GITHUB_WORKSPACE").map(PathBuf::from);
    let checkout = checkout.and_then(|path| path.canonicalize().ok());
    let inside = checkout.as_deref().and_then(|checkout| file.strip_prefix(checkout).ok());
    inside.map_or_else(|| shown(file), |inside| inside.display().to_string())
}

fn text(problem: &Diagnostic) -> String {
    let helps = problem.helps().iter().map(|help| format!("\nhelp: {help}"));
    std::iter::once(problem.message().to_owned()).chain(helps).collect()
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn escapes_what_ends_a_part() {
        let cases = [
            ("plain", "plain", "plain"),
            ("a,b:c", "a,b:c", "a%2Cb%3Ac"),
            ("100%\r\n%0A", "100%25%0D%0A%250A", "100%25%0D%0A%250A"),
        ];
        for (text, as_data, as_property) in cases {
            assert_eq!(data(text), as_data);
            assert_eq!(property(text), as_property);
        }
    }
}
