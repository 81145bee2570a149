use std::io::{self, Write};

use migrations_source::{Diagnostic, Rule};
use serde::Serialize;

use crate::paths::shown;

/// A problem as one line. The keys are a promise: `cargo migrations check --help` lists them.
#[derive(Serialize)]
struct Problem<'a> {
    path: String,
    line: Option<usize>,
    column: Option<usize>,
    severity: String,
    rule: Option<&'static str>,
    message: &'a str,
    help: &'a [String],
}

/// A problem as one line of JSON.
pub(crate) fn problem(out: &mut dyn Write, problem: &Diagnostic) -> io::Result<()> {
    let position = problem.position();
    let problem = Problem {
        path: shown(problem.file()),
        line: position.map(|position| position.line),
        column: position.map(|position| position.column),
        severity: problem.severity().to_string(),
        rule: problem.rule().map(Rule::name),
        message: problem.message(),
        help: problem.helps(),
    };
    line(out, &problem)
}

/// Anything as one line of JSON.
pub(crate) fn line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    writeln!(out, "{}", serde_json::to_string(value)?)
}
