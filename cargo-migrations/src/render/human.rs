use std::io::{self, Write};

use anstyle::Style;
use migrations_source::{Diagnostic, Excerpt, Severity};

use crate::paths::shown;
use crate::style::{ERROR, HINT, MARGIN, WARNING};

/// A problem as rustc prints one, and an empty line.
pub(crate) fn problem(out: &mut dyn Write, problem: &Diagnostic) -> io::Result<()> {
    let severity = problem.severity();
    let style = style(severity);
    let rule = problem.rule().map(|rule| format!("[{rule}]")).unwrap_or_default();
    headline(out, style, &format!("{severity}{rule}"), problem.message())?;
    let line = problem.excerpt().map_or(1, Excerpt::line);
    let margin = " ".repeat(line.to_string().len());
    let place = problem.position().map(|position| format!(":{position}")).unwrap_or_default();
    writeln!(out, "{margin}{MARGIN}-->{MARGIN:#} {}{place}", shown(problem.file()))?;
    if let Some(part) = problem.excerpt() {
        excerpt(out, part, style, &margin)?;
    }
    for help in problem.helps() {
        writeln!(out, "{margin} {MARGIN}={MARGIN:#} {HINT}help{HINT:#}: {help}")?;
    }
    writeln!(out)
}

/// `error: message`.
pub(crate) fn headline(
    out: &mut dyn Write,
    style: Style,
    kind: &str,
    message: &str,
) -> io::Result<()> {
    writeln!(out, "{style}{kind}{style:#}{HINT}: {message}{HINT:#}")
}

pub(super) fn style(severity: Severity) -> Style {
    match severity {
        Severity::Error => ERROR,
        Severity::Warning => WARNING,
    }
}

fn excerpt(out: &mut dyn Write, part: &Excerpt, style: Style, margin: &str) -> io::Result<()> {
    writeln!(out, "{margin} {MARGIN}|{MARGIN:#}")?;
    writeln!(out, "{MARGIN}{} |{MARGIN:#} {}", part.line(), part.text())?;
    writeln!(out, "{margin} {MARGIN}|{MARGIN:#} {style}{}{style:#}", part.mark())
}
