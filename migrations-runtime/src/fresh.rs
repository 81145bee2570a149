//! Compares the embedded migrations with the folder that they were read from, in builds that know it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use crate::linked::Linked;
use crate::migration::Migration;
use crate::migrations::Migrations;

/// The folder, in a build that knows it.
#[derive(Clone, Copy, Debug)]
pub struct Folder {
    path: &'static str,
    compare: Linked<Compare>,
}

type Compare = fn(&Migrations, &'static str) -> Result<(), NotFresh>;

impl Folder {
    /// `path` is where the files lie, as an absolute path.
    #[must_use]
    pub const fn new(path: &'static str) -> Self {
        Self { path, compare: Linked(compare_with) }
    }
}

/// Why the embedded migrations do not pass for those of the folder.
#[derive(Debug)]
pub(crate) enum NotFresh {
    /// The build does not know its folder.
    Unknown,
    /// The folder is not there, or cannot be read.
    Unreadable {
        folder: &'static str,
        error: io::Error,
    },
    Stale(Stale),
}

/// What a folder has become since the binary was built.
#[derive(Debug)]
pub(crate) struct Stale {
    folder: &'static str,
    /// The package that has to be built again.
    package: &'static str,
    differences: Vec<Difference>,
}

#[derive(Debug, PartialEq, Eq)]
enum Difference {
    Added(String),
    Changed(&'static str),
    Removed(&'static str),
    Unreadable(&'static str, String),
}

/// A file of the folder.
struct File {
    name: String,
    /// Or why it cannot be read.
    text: Result<Vec<u8>, String>,
}

/// Compares the names and the texts; an error says what differs, or why that cannot be told.
pub(crate) fn compare(migrations: &Migrations) -> Result<(), NotFresh> {
    let folder = migrations.folder().ok_or(NotFresh::Unknown)?;
    (folder.compare.0)(migrations, folder.path)
}

fn compare_with(migrations: &Migrations, folder: &'static str) -> Result<(), NotFresh> {
    let files = files(folder).map_err(|error| NotFresh::Unreadable { folder, error })?;
    match differences(migrations.files(), &files) {
        differences if differences.is_empty() => Ok(()),
        differences => {
            let package = migrations.application().split(' ').next().unwrap_or_default();
            Err(NotFresh::Stale(Stale { folder, package, differences }))
        }
    }
}

fn files(folder: &str) -> io::Result<Vec<File>> {
    let folder = Path::new(folder);
    let mut files = files_in(folder, "")?;
    let repeatables = folder.join("repeatable");
    if repeatables.is_dir() {
        files.extend(files_in(&repeatables, "repeatable/")?);
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

fn files_in(folder: &Path, prefix: &str) -> io::Result<Vec<File>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if counts(&name) {
            files.push(File { name: format!("{prefix}{name}"), text: read(&path) });
        }
    }
    Ok(files)
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| error.to_string())
}

/// What the macro embeds or refuses.
fn counts(name: &str) -> bool {
    let is_sql = name.to_ascii_lowercase().ends_with(".sql");
    is_sql && !name.starts_with('.')
}

fn differences(
    embedded: impl Iterator<Item = &'static Migration>,
    files: &[File],
) -> Vec<Difference> {
    let embedded: Vec<_> = embedded.collect();
    let names: BTreeSet<_> = embedded.iter().map(|it| it.file_name()).collect();
    let texts: BTreeMap<_, _> = files.iter().map(|file| (file.name.as_str(), &file.text)).collect();
    let added = files.iter().filter(|file| !names.contains(file.name.as_str()));
    let added = added.map(|file| Difference::Added(file.name.clone()));
    let others =
        embedded.into_iter().filter_map(|it| difference(it, texts.get(it.file_name()).copied()));
    added.chain(others).collect()
}

fn difference(migration: &Migration, text: Option<&Result<Vec<u8>, String>>) -> Option<Difference> {
    let name = migration.file_name();
    match text {
        None => Some(Difference::Removed(name)),
        Some(Err(error)) => Some(Difference::Unreadable(name, error.clone())),
        Some(Ok(text)) => {
            (without_bom(text) != migration.sql().as_bytes()).then_some(Difference::Changed(name))
        }
    }
}

fn without_bom(text: &[u8]) -> &[u8] {
    text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text)
}

impl fmt::Display for NotFresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str(
                "cannot compare the embedded migrations with their folder: only a build with debug \
                 assertions knows it\n  = next: test without `--release`, or switch \
                 `debug-assertions` on in the profile",
            ),
            Self::Unreadable { folder, error } => write!(
                f,
                "cannot compare the embedded migrations with their folder {folder}: {error}\n  = \
                 next: test where the binary was built, or build it again here"
            ),
            Self::Stale(stale) => stale.fmt(f),
        }
    }
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { folder, package, differences } = self;
        write!(f, "the embedded migrations are not those of the folder {folder}:")?;
        differences.iter().try_for_each(|difference| write!(f, "\n{difference}"))?;
        write!(
            f,
            "\n  = next: build again, after `cargo clean -p {package}` where cargo sees nothing to do; \
             it notices added files by itself where the folder has a `migrations.lock`, which \
             `cargo migrations lock` writes, or a `build.rs` prints `cargo::rerun-if-changed=` with \
             the folder"
        )
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added(name) => write!(f, "{name} is in the folder, but not in this binary"),
            Self::Changed(name) => write!(f, "{name} has another text than in this binary"),
            Self::Removed(name) => write!(f, "{name} is in this binary, but not in the folder"),
            Self::Unreadable(name, error) => write!(f, "{name} cannot be read: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{File, counts, differences};
    use crate::__private::Source;
    use crate::migration::Migration;

    static EMBEDDED: [Migration; 2] =
        [migration("sql/0001_a.sql", "SELECT 'é';\r\n"), migration("sql/0002_b.sql", "SELECT 2")];

    const fn migration(path: &'static str, sql: &'static str) -> Migration {
        Migration::new(Source { path, sql, ..Source::EMPTY })
    }

    fn file(name: &str, text: &str) -> File {
        File { name: name.into(), text: Ok(text.into()) }
    }

    #[track_caller]
    fn check(files: &[File], expected: &[&str]) {
        let texts: Vec<_> =
            differences(EMBEDDED.iter(), files).iter().map(ToString::to_string).collect();
        assert_eq!(texts, expected);
    }

    #[test]
    fn names_each_file_that_differs() {
        let a = || file("0001_a.sql", "SELECT 'é';\r\n");
        let b = || file("0002_b.sql", "SELECT 2");
        let added = "0003_c.sql is in the folder, but not in this binary";
        let a_is_changed = "0001_a.sql has another text than in this binary";
        let b_is_changed = "0002_b.sql has another text than in this binary";
        let b_is_removed = "0002_b.sql is in this binary, but not in the folder";
        check(&[a(), b()], &[]);
        check(&[b(), a()], &[]);
        check(&[a(), b(), file("0003_c.sql", "")], &[added]);
        check(&[a()], &[b_is_removed]);
        check(
            &[a(), file("0002_B.sql", "SELECT 2")],
            &["0002_B.sql is in the folder, but not in this binary", b_is_removed],
        );
        check(&[file("0001_a.sql", "SELECT 'é';\n"), b()], &[a_is_changed]);
        check(&[a(), file("0002_b.sql", "SELECT 2 ")], &[b_is_changed]);
        check(&[a(), file("0002_b.sql", "")], &[b_is_changed]);
        check(
            &[file("0001_a.sql", ""), file("0003_c.sql", "")],
            &[added, a_is_changed, b_is_removed],
        );
        let unreadable = File { name: "0002_b.sql".into(), text: Err("permission denied".into()) };
        check(&[a(), unreadable], &["0002_b.sql cannot be read: permission denied"]);
    }

    #[test]
    fn one_byte_order_mark_makes_no_difference() {
        let b = || file("0002_b.sql", "SELECT 2");
        check(&[file("0001_a.sql", "\u{feff}SELECT 'é';\r\n"), b()], &[]);
        let twice = file("0001_a.sql", "\u{feff}\u{feff}SELECT 'é';\r\n");
        check(&[twice, b()], &["0001_a.sql has another text than in this binary"]);
    }

    #[test]
    fn files_that_the_macro_neither_embeds_nor_refuses_do_not_count() {
        for name in ["0001_a.sql", "a.SQL", "down.sql", "0001_a.DOWN.sql", "0001_a.down.sql"] {
            assert!(counts(name), "{name}");
        }
        for name in [
            "README.md",
            "migrations.lock",
            "a.sql~",
            "sql",
            "",
            ".sql",
            ".#0001_a.sql",
            "._0001_a.sql",
        ] {
            assert!(!counts(name), "{name}");
        }
    }
}
