use std::io::{self, Write};

use anstyle::Style;
use migrations_source::{Change, Folder, Migration};

use crate::style::{ERROR, NOTE, WARNING};

/// A change in one line.
pub(super) fn tell(
    out: &mut dyn Write,
    change: &Change,
    all: &[Change],
    folder: &Folder,
) -> io::Result<()> {
    let (style, label, text) = words(change, all, folder);
    writeln!(out, "{style}{label:<10}{style:#} {text}")
}

fn words(change: &Change, all: &[Change], folder: &Folder) -> (Style, &'static str, String) {
    match change {
        Change::Added(name) => (NOTE, "added", format!("{name}{}", late(name, all, folder))),
        Change::Moved(name) => {
            (NOTE, "moved", format!("{name} is what it was, below another line than before"))
        }
        Change::Edited(name) => {
            (WARNING, "edited", format!("{name} is not what it was when the lock was written"))
        }
        Change::Renamed { from, to } => {
            (WARNING, "renamed", format!("{} to {to}", from.escape_debug()))
        }
        Change::Removed(name) => {
            let style = if change.is_loss() { ERROR } else { NOTE };
            (style, "removed", format!("{} is listed, but not there", name.escape_debug()))
        }
        Change::Unreadable(line) if change.is_conflict_mark() => {
            (NOTE, "conflict", format!("{line:?}, the lines of both branches are taken"))
        }
        Change::Unreadable(line) => {
            (ERROR, "unreadable", format!("{line:?} is not `FILE sha256:HASH`"))
        }
    }
}

/// Files that come before a listed one are noticed now, or when a service refuses to start.
fn late(name: &str, all: &[Change], folder: &Folder) -> String {
    let is_added = |file: &&Migration| {
        all.iter().any(|change| matches!(change, Change::Added(name) if *name == file.file_name()))
    };
    let newest = folder.migrations.iter().rfind(|file| !is_added(file));
    let version_of = |name: &str| {
        folder.migrations.iter().find(|file| file.file_name() == name).map(|file| file.version)
    };
    let comes_before = |newest: &&Migration| version_of(name).is_some_and(|it| it < newest.version);
    match newest.filter(comes_before) {
        Some(newest) => format!(
            " before {}: where that is applied, a service refuses it, unless it allows that order",
            newest.file_name()
        ),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use migrations_source::Change::{Added, Edited, Moved, Removed, Renamed, Unreadable};
    use migrations_source::{Folder, Migration};

    use super::words;

    #[test]
    fn tells_each_change_in_words() {
        let (from, to) = ("2_b.sql".into(), "2_c.sql".into());
        let cases = [
            (Added("3_c.sql".into()), "added: 3_c.sql"),
            (
                Added("1_a.sql".into()),
                "added: 1_a.sql before 2_b.sql: where that is applied, a service refuses it, unless \
                 it allows that order",
            ),
            (Added("1_a.down.sql".into()), "added: 1_a.down.sql"),
            (
                Moved("2_b.sql".into()),
                "moved: 2_b.sql is what it was, below another line than before",
            ),
            (
                Edited("2_b.sql".into()),
                "edited: 2_b.sql is not what it was when the lock was written",
            ),
            (Renamed { from, to }, "renamed: 2_b.sql to 2_c.sql"),
            (Removed("4\u{1b}.sql".into()), "removed: 4\\u{1b}.sql is listed, but not there"),
            (
                Unreadable("=======".into()),
                "conflict: \"=======\", the lines of both branches are taken",
            ),
            (Unreadable("x\u{1b}".into()), "unreadable: \"x\\u{1b}\" is not `FILE sha256:HASH`"),
        ];
        let file = |(version, name): (i64, &str)| Migration {
            version,
            path: name.into(),
            ..Migration::default()
        };
        let files = [(1, "1_a.sql"), (2, "2_b.sql"), (3, "3_c.sql")];
        let folder = Folder { migrations: files.map(file).into(), ..Folder::default() };
        let all: Vec<_> = cases.iter().map(|(change, _)| change.clone()).collect();
        for (change, expected) in cases {
            let (_, label, text) = words(&change, &all, &folder);
            assert_eq!(format!("{label}: {text}"), expected);
        }
    }
}
