use std::io::{self, Write};

use anstyle::Style;
use migrations_source::{Folder, Severity};

use crate::paths::shown;
use crate::render::human::style;
use crate::style::NOTE;

/// A folder in one line: what it holds, and how many problems.
pub(crate) fn folder(out: &mut dyn Write, folder: &Folder) -> io::Result<()> {
    write!(out, "{}: {}", shown(&folder.path), contents(folder))?;
    for severity in [Severity::Error, Severity::Warning] {
        let number = number_of(folder, severity);
        if number > 0 {
            styled(out, style(severity), &count(number, &severity.to_string()))?;
        }
    }
    if folder.problems.is_empty() {
        styled(out, NOTE, "no problems")?;
    }
    writeln!(out)
}

/// How many migrations a folder has, and how many repeatable objects if it has some.
pub(crate) fn contents(folder: &Folder) -> String {
    let migrations = count(folder.migrations.len(), "migration");
    match folder.repeatables.len() {
        0 => migrations,
        number => format!("{migrations}, {}", count(number, "repeatable object")),
    }
}

/// How many errors a folder has, in words.
pub(crate) fn errors(folder: &Folder) -> String {
    count(number_of(folder, Severity::Error), &Severity::Error.to_string())
}

/// `1 file`, `2 files`.
fn count(number: usize, name: &str) -> String {
    format!("{number} {name}{}", if number == 1 { "" } else { "s" })
}

fn number_of(folder: &Folder, severity: Severity) -> usize {
    folder.problems.iter().filter(|problem| problem.severity() == severity).count()
}

fn styled(out: &mut dyn Write, style: Style, text: &str) -> io::Result<()> {
    write!(out, ", {style}{text}{style:#}")
}
