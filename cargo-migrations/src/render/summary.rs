use std::io::{self, Write};

use anstyle::Style;
use migrations_source::{Folder, Severity};

use crate::paths::shown;
use crate::style::{ERROR, NOTE, WARNING};

/// A folder in one line: how many migrations, and how many problems.
pub(crate) fn folder(out: &mut dyn Write, folder: &Folder) -> io::Result<()> {
    write!(out, "{}: {}", shown(&folder.path), count(folder.migrations.len(), "migration"))?;
    let counts = [(Severity::Error, "error", ERROR), (Severity::Warning, "warning", WARNING)];
    for (severity, name, style) in counts {
        let number = number_of(folder, severity);
        if number > 0 {
            styled(out, style, &count(number, name))?;
        }
    }
    if folder.problems.is_empty() {
        styled(out, NOTE, "no problems")?;
    }
    writeln!(out)
}

/// How many errors a folder has, in words.
pub(crate) fn errors(folder: &Folder) -> String {
    count(number_of(folder, Severity::Error), "error")
}

/// `1 file`, `2 files`.
pub(crate) fn count(number: usize, name: &str) -> String {
    format!("{number} {name}{}", if number == 1 { "" } else { "s" })
}

fn number_of(folder: &Folder, severity: Severity) -> usize {
    folder.problems.iter().filter(|problem| problem.severity() == severity).count()
}

fn styled(out: &mut dyn Write, style: Style, text: &str) -> io::Result<()> {
    write!(out, ", {style}{text}{style:#}")
}
