use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Severity};
use crate::file_name::{BadName, FileName, is_hidden, parse};
use crate::lock;
use crate::migration::Migration;

/// Finds the folder of migrations for the crate whose manifest lies in `manifest_dir`.
///
/// `argument` is relative to `manifest_dir`; without it, it is the crate's own `migrations/`, else
/// the one at the root of the crate's workspace.
///
/// # Errors
///
/// No such folder; the diagnostic says where it was looked for.
pub fn locate(manifest_dir: &Path, argument: Option<&str>) -> Result<PathBuf, Diagnostic> {
    let candidates = candidates(manifest_dir, argument);
    let found = candidates.iter().find(|path| path.is_dir());
    found
        .and_then(|path| path.canonicalize().ok())
        .ok_or_else(|| not_found(manifest_dir, argument, &candidates))
}

fn candidates(manifest_dir: &Path, argument: Option<&str>) -> Vec<PathBuf> {
    if let Some(argument) = argument {
        return vec![manifest_dir.join(argument)];
    }
    let root = manifest_dir.ancestors().find(|dir| is_workspace_root(dir));
    let other_root = root.filter(|root| *root != manifest_dir);
    [Some(manifest_dir), other_root]
        .into_iter()
        .flatten()
        .map(|dir| dir.join("migrations"))
        .collect()
}

fn is_workspace_root(dir: &Path) -> bool {
    let manifest = fs::read_to_string(dir.join("Cargo.toml")).unwrap_or_default();
    manifest.lines().any(|line| line.trim_start().starts_with("[workspace"))
}

fn not_found(manifest_dir: &Path, argument: Option<&str>, candidates: &[PathBuf]) -> Diagnostic {
    let full = |path: &PathBuf| format!("`{}`", Diagnostic::full_path(path));
    let looked_for: Vec<_> = candidates.iter().map(full).collect();
    let message = format!("no such folder of migrations: looked for {}", looked_for.join(" and "));
    let path = manifest_dir.join(argument.unwrap_or("migrations"));
    Diagnostic::new(&path, message).help(
        "create it with a first file such as 0001_create_users.sql; a path that is given to the \
         macro is relative to the crate's Cargo.toml",
    )
}

/// A folder of migrations.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    /// The migrations that could be read, by version, also those with problems.
    pub migrations: Vec<Migration>,
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
        Err(error) => found.folder.problems.push(unreadable(path, &error)),
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
    folder: Folder,
    /// The versions and paths of all well-named files, also of those with other problems.
    named: Vec<(i64, PathBuf)>,
}

impl Found {
    fn add(&mut self, path: &Path) {
        let file_name = path.file_name().unwrap_or_default().to_string_lossy();
        match parse(&file_name) {
            Ok(FileName::Migration(version, name)) => self.add_migration((version, name), path),
            Ok(FileName::Other) if path.is_dir() && !is_hidden(&file_name) => {
                self.refuse_nested(path);
            }
            Ok(FileName::Down | FileName::Other) => {}
            Err(BadName::Misnamed) => self.folder.problems.push(misnamed(path)),
            Err(BadName::OutOfRange) => self.folder.problems.push(out_of_range(path)),
        }
    }

    fn add_migration(&mut self, (version, name): (i64, String), path: &Path) {
        self.named.push((version, path.into()));
        match fs::read(path) {
            Ok(bytes) => {
                let (migration, problems) = Migration::new((version, name), path, &bytes);
                self.folder.migrations.extend(migration);
                self.folder.problems.extend(problems);
            }
            Err(error) => self.folder.problems.push(unreadable(path, &error)),
        }
    }

    /// A file in a folder below is a migration that somebody expects to run.
    fn refuse_nested(&mut self, folder: &Path) {
        match sorted_entries(folder) {
            Ok(entries) => {
                let is_sql = |path: &&PathBuf| {
                    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("sql"))
                };
                self.folder.problems.extend(entries.iter().filter(is_sql).map(|path| nested(path)));
            }
            Err(error) => self.folder.problems.push(unreadable(folder, &error)),
        }
    }

    fn finish(mut self, path: &Path) -> Folder {
        self.refuse_duplicates();
        let mut folder = self.folder;
        if self.named.is_empty() && folder.problems.is_empty() {
            folder.problems.push(no_migrations(path));
        }
        folder.path = path.into();
        folder.problems.sort();
        folder.migrations.sort_by_key(|migration| migration.version);
        folder
    }

    fn refuse_duplicates(&mut self) {
        self.named.sort();
        for pair in self.named.windows(2) {
            if pair[0].0 == pair[1].0 {
                self.folder.problems.push(duplicate(&pair[1].1, &pair[0].1, pair[0].0));
            }
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::new(path, format!("cannot be read: {error}"))
}

fn misnamed(path: &Path) -> Diagnostic {
    Diagnostic::new(path, "the file name is not VERSION_name.sql").help(
        "rename it to digits, `_`, a name of letters, digits, `_` or `-`, and `.sql`, such as \
         0001_create_users.sql; files that do not end in .sql are left alone",
    )
}

fn out_of_range(path: &Path) -> Diagnostic {
    Diagnostic::new(path, "the version is out of range")
        .help(format!("use a sequence or a timestamp of at most {}", i64::MAX))
}

fn nested(path: &Path) -> Diagnostic {
    Diagnostic::new(path, "the file lies in a folder below, which is not read")
        .help("move it up into the folder of the migrations, or out of it")
}

fn duplicate(path: &Path, first: &Path, version: i64) -> Diagnostic {
    let first = Diagnostic::shown_path(first);
    Diagnostic::new(path, format!("version {version} is taken by `{first}`"))
        .help("give the newer of the two files the next free version")
}

fn no_migrations(folder: &Path) -> Diagnostic {
    Diagnostic::new(folder, "the folder holds no migration")
        .help("add a first file such as 0001_create_users.sql")
}
