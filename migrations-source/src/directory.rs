//! A folder's files, each read for what its name says that it is.

mod locate;
mod order;
mod pairs;
mod problems;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Severity};
use crate::file_name::{BadName, FileName, REPEATABLE, is_hidden, parse, parse_repeatable};
use crate::grammar::Accepted;
use crate::kind::Kind;
use crate::lock;
use crate::migration::Migration;

pub use locate::locate;

/// A folder of migrations.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    /// The migrations that could be read, by version, also those with problems.
    pub migrations: Vec<Migration>,
    /// The same of the repeatable objects, in the order in which they are applied.
    pub repeatables: Vec<Migration>,
    /// What is wrong, errors and warnings, by file and line.
    pub problems: Vec<Diagnostic>,
}

impl Folder {
    /// Whether it cannot be embedded.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity() == Severity::Error)
    }
}

/// Reads a folder that [`locate`] found, without its lock file.
#[must_use]
pub fn read(path: &Path) -> Folder {
    let mut found = Found::default();
    match sorted_entries(path) {
        Ok(entries) => entries.iter().for_each(|entry| found.add(entry)),
        Err(error) => found.problems.push(problems::unreadable(path, &error)),
    }
    found.finish(path)
}

/// Reads a folder that [`locate`] found, and compares it with its lock file if it has one.
#[must_use]
pub fn check(path: &Path) -> Folder {
    let mut folder = read(path);
    folder.problems.extend(lock::problems(&folder));
    folder.problems.sort();
    folder
}

fn sorted_entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

#[derive(Default)]
struct Found {
    /// All well-named files, also those with problems.
    files: Vec<File>,
    problems: Vec<Diagnostic>,
    accepted: Accepted,
}

/// A well-named file.
struct File {
    kind: Kind,
    version: i64,
    name: String,
    path: PathBuf,
    /// With the text, if it could be read.
    content: Option<(Migration, String)>,
}

impl Found {
    fn add(&mut self, path: &Path) {
        let file_name = path.file_name().unwrap_or_default().to_string_lossy();
        match parse(&file_name) {
            Ok(FileName::Versioned(version, name)) => {
                self.read(Kind::Versioned, (version, name), path);
            }
            Ok(FileName::Down(version, name)) => self.read(Kind::Down, (version, name), path),
            Ok(FileName::Other) if !path.is_dir() || is_hidden(&file_name) => {}
            Ok(FileName::Other) if file_name == REPEATABLE => {
                self.for_each_in(path, Self::add_repeatable);
            }
            Ok(FileName::Other) => self.refuse_nested(path, problems::nested),
            Err(BadName::Misnamed) => self.problems.push(problems::misnamed(path)),
            Err(BadName::OutOfRange) => self.problems.push(problems::out_of_range(path)),
        }
    }

    fn add_repeatable(&mut self, path: &Path) {
        let file_name = path.file_name().unwrap_or_default().to_string_lossy();
        match parse_repeatable(&file_name) {
            Ok(Some(name)) => self.read(Kind::Repeatable, (0, name.into()), path),
            Ok(None) if path.is_dir() && !is_hidden(&file_name) => {
                self.refuse_nested(path, problems::nested_repeatable);
            }
            Ok(None) => {}
            Err(_) => self.problems.push(problems::misnamed_repeatable(path)),
        }
    }

    fn read(&mut self, kind: Kind, (version, name): (i64, String), path: &Path) {
        let content = match fs::read(path) {
            Ok(bytes) => {
                let named = (version, name.clone());
                let (migration, problems) =
                    Migration::new(kind, named, path, &bytes, &mut self.accepted);
                self.problems.extend(problems);
                migration.zip(String::from_utf8(bytes).ok())
            }
            Err(error) => {
                self.problems.push(problems::unreadable(path, &error));
                None
            }
        };
        self.files.push(File { kind, version, name, path: path.into(), content });
    }

    /// A file in a folder below is a migration that somebody expects to run.
    fn refuse_nested(&mut self, folder: &Path, problem: fn(&Path) -> Diagnostic) {
        self.for_each_in(folder, |found, path| {
            if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("sql")) {
                found.problems.push(problem(path));
            }
        });
    }

    fn for_each_in(&mut self, folder: &Path, mut visit: impl FnMut(&mut Self, &Path)) {
        match sorted_entries(folder) {
            Ok(entries) => entries.iter().for_each(|path| visit(self, path)),
            Err(error) => self.problems.push(problems::unreadable(folder, &error)),
        }
    }

    fn finish(self, path: &Path) -> Folder {
        let Self { files, mut problems, .. } = self;
        if files.is_empty() && problems.is_empty() {
            problems.push(problems::no_migrations(path));
        }
        let (repeatables, versioned) =
            files.into_iter().partition(|file| file.kind == Kind::Repeatable);
        let migrations = pairs::pair(versioned, &mut problems);
        let repeatables = order::order(repeatables, &mut problems);
        problems.sort();
        Folder { path: path.into(), migrations, repeatables, problems }
    }
}
