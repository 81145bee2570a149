use std::path::Path;

use migrations_source::{Diagnostic, Severity};

use crate::args::{Check, CheckFormat};
use crate::console::Console;
use crate::failure::{Failure, Outcome};
use crate::folder::find;
use crate::render::{github, human, json, summary};

/// Checks a folder as the macro does, and prints all problems.
pub(crate) fn run(
    args: &Check,
    dir: Option<&Path>,
    console: &mut Console<'_>,
) -> Result<Outcome, Failure> {
    let folder = migrations_source::check(&find(dir)?);
    let write = match args.format {
        CheckFormat::Human => human::problem,
        CheckFormat::Json => json::problem,
        CheckFormat::Github => github::problem,
    };
    folder.problems.iter().try_for_each(|problem| write(console.out, problem))?;
    if !matches!(args.format, CheckFormat::Json) {
        summary::folder(console.out, &folder)?;
    }
    let fails = |problem: &Diagnostic| args.deny_warnings || problem.severity() == Severity::Error;
    Ok(if folder.problems.iter().any(fails) { Outcome::Problems } else { Outcome::Fine })
}
