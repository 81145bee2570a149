use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use super::{Change, LOCK_FILE, Lock};
use crate::diagnostic::Diagnostic;
use crate::directory::Folder;
use crate::file_name::may_be_edited;
use crate::finding::{Finding, diagnostics};

/// What keeps a folder from being embedded as its lock file has it; nothing where it has none.
pub(crate) fn problems(folder: &Folder) -> Vec<Diagnostic> {
    let path = folder.path.join(LOCK_FILE);
    match Lock::read(&folder.path) {
        Ok(None) => Vec::new(),
        Ok(Some(lock)) => problems_of(&lock, &path, folder),
        Err(error) => vec![Diagnostic::new(&path, format!("cannot be read: {error}"))],
    }
}

pub(crate) fn problems_of(lock: &Lock, path: &Path, folder: &Folder) -> Vec<Diagnostic> {
    let command = command(&folder.path);
    let (mut findings, mut problems) = (Vec::new(), Vec::new());
    for (change, range) in without_consequences(lock.places_of_changes(folder)) {
        match (change, range) {
            (Change::Added(name), _) => problems.push(added(&folder.path.join(name), &command)),
            (Change::Edited(name), _) => problems.push(edited(&folder.path.join(name), &command)),
            (change, range) => {
                findings.push(finding(change, range.unwrap_or_default(), &command));
            }
        }
    }
    problems.extend(diagnostics(path, &lock.text, findings));
    problems
}

/// Where git left a conflict, that is all there is to say of the lock's lines.
fn without_consequences(
    changes: Vec<(Change, Option<Range<usize>>)>,
) -> Vec<(Change, Option<Range<usize>>)> {
    let mark = changes.iter().position(|(change, _)| change.is_conflict_mark());
    let Some(mark) = mark else {
        return changes;
    };
    let is_of_file = |change: &Change| matches!(change, Change::Added(_) | Change::Edited(_));
    let changes = changes.into_iter().enumerate();
    changes
        .filter(|(at, (change, _))| *at == mark || is_of_file(change))
        .map(|(_, it)| it)
        .collect()
}

/// With the folder, where it is none that the command finds by itself.
fn command(folder: &Path) -> String {
    match Diagnostic::full_path(folder).as_str() {
        "migrations" => cargo_command("lock", None),
        folder => cargo_command("lock", Some(folder)),
    }
}

/// What is typed to run a command of `cargo migrations`, on a folder if that is named.
#[must_use]
pub fn cargo_command(name: &str, dir: Option<&str>) -> String {
    let dir = dir.map(|dir| format!(" --dir {}", quoted(dir)));
    format!("cargo migrations {name}{}", dir.unwrap_or_default())
}

/// As a shell takes it for one word.
fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |char: char| char.is_alphanumeric() || "/._-".contains(char);
    if word.chars().all(is_plain) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', r"'\''")).into()
}

fn added(path: &Path, command: &str) -> Diagnostic {
    Diagnostic::new(path, format!("the file is not listed in {LOCK_FILE}"))
        .help(format!("run `{command}`, and commit {LOCK_FILE} with the file"))
}

fn edited(path: &Path, command: &str) -> Diagnostic {
    Diagnostic::new(path, format!("the file is not what it was when {LOCK_FILE} was written"))
        .help(
            "undo the edit and write a new migration: where the file is applied, a service refuses to \
             start with another text",
        )
        .help(format!("if it is applied nowhere, accept it with `{command} --accept`"))
}

fn finding(change: Change, range: Range<usize>, command: &str) -> Finding {
    let is_conflict = change.is_conflict_mark();
    match change {
        Change::Renamed { from, to } => {
            Finding::new(range, format!("`{from}` was renamed to `{to}`")).help(format!(
                "give it back its name, or accept the new one with `{command} --accept`"
            ))
        }
        Change::Removed(name) if may_be_edited(&name) => {
            Finding::new(range, format!("there is no file `{name}`")).help(format!(
                "bring it back, or drop its line with `{command}`, and commit the file"
            ))
        }
        Change::Removed(name) => Finding::new(range, format!("there is no file `{name}`"))
            .help("bring it back: where it is applied, a service can refuse to start without it")
            .help(format!("if it is applied nowhere, drop its line with `{command} --force`")),
        Change::Unreadable(_) if is_conflict => {
            Finding::new(range, "two branches were merged, and git left a conflict").help(format!(
                "run `{command}`, which takes the lines of both, and commit the file"
            ))
        }
        Change::Unreadable(_) => Finding::new(range, "the line is not `FILE sha256:HASH`").help(
            format!("bring back the committed file, or drop the line with `{command} --force`"),
        ),
        Change::Moved(name) | Change::Added(name) | Change::Edited(name) => Finding::new(
            range,
            format!("the line of `{name}` does not follow from the line above"),
        )
        .help(format!(
            "lines of two branches were put together, or moved: run `{command}`, and commit \
                     the file"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::cargo_command;

    #[test]
    fn writes_commands_that_a_shell_takes() {
        let cases = [
            (None, "cargo migrations lock"),
            (Some("../sql"), "cargo migrations lock --dir ../sql"),
            (Some("my sql"), "cargo migrations lock --dir 'my sql'"),
            (Some("it's"), r"cargo migrations lock --dir 'it'\''s'"),
        ];
        for (dir, expected) in cases {
            assert_eq!(cargo_command("lock", dir), expected);
        }
    }
}
