//! The reader of folders: any names and any contents.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use arbitrary::Arbitrary;
use migrations_source::fuzzing::lock_problems;
use migrations_source::{Diagnostic, Folder, Kind, Lock, Migration, read};

use crate::file::is_obeyed;

/// What lies in a folder.
#[derive(Arbitrary, Debug)]
pub struct Case {
    entries: Vec<Entry>,
}

#[derive(Arbitrary, Debug)]
struct Entry {
    place: Place,
    name: Name,
    content: Content,
}

#[derive(Arbitrary, Debug)]
enum Place {
    Here,
    Repeatable,
    Below(u8),
}

#[derive(Arbitrary, Debug)]
enum Name {
    Migration { zeros: u8, version: u8, name: u8 },
    Down { zeros: u8, version: u8, name: u8 },
    Object(u8),
    Any(String),
    AnySql(String),
}

#[derive(Arbitrary, Debug)]
enum Content {
    Usual(u8),
    /// Of a repeatable object, what it comes after.
    After(Vec<u8>),
    Empty,
    Folder,
    Any(Vec<u8>),
}

/// Holds for any folder.
pub fn check(case: &Case) {
    let files = laid_out(case);
    let folder = read(&HERE);
    let embedded = embedded(&folder);
    nothing_is_left_out(&files, &embedded, &folder);
    embedded_files_are_what_lies_there(&files, &embedded);
    problems_are_told_well(&folder);
    if !folder.has_errors() {
        versions_ascend(&folder);
        downs_are_of_their_migrations(&folder);
        objects_follow_what_they_come_after(&folder);
    }
    let lock = Lock::of(&folder);
    if !folder.has_errors() {
        assert_eq!(lock.changes(&folder), []);
        assert_eq!(lock_problems(&lock, &folder), []);
    }
}

/// One for each process.
static HERE: LazyLock<PathBuf> = LazyLock::new(|| {
    let here = std::env::temp_dir().join(format!("migrations-fuzz-{}", std::process::id()));
    here.join("migrations")
});

/// Writes the files, and tells what is written, by the path from the folder.
fn laid_out(case: &Case) -> BTreeMap<String, Vec<u8>> {
    let _ = fs::remove_dir_all(&*HERE);
    fs::create_dir_all(&*HERE).expect("a folder for the files");
    let mut files = BTreeMap::new();
    for entry in &case.entries {
        let name = entry.path();
        let path = HERE.join(&name);
        let parent = path.parent().expect("a folder of the path");
        // Something of that name may be there.
        if path.exists() || fs::create_dir_all(parent).is_err() {
            continue;
        }
        match entry.content.bytes() {
            None => drop(fs::create_dir(&path)),
            Some(bytes) if fs::write(&path, &bytes).is_ok() => drop(files.insert(name, bytes)),
            Some(_) => {}
        }
    }
    files
}

impl Entry {
    fn path(&self) -> String {
        let name = self.name.text();
        match self.place {
            Place::Here => name,
            Place::Repeatable => format!("repeatable/{name}"),
            Place::Below(number) => {
                let folder = ["old", "repeatable/old", ".git", "1_a.sql", "a.b"];
                format!("{}/{name}", folder[usize::from(number) % folder.len()])
            }
        }
    }
}

const NAMES: [&str; 4] = ["a", "A", "b", "create_bets"];

fn of_names(number: u8) -> &'static str {
    NAMES[usize::from(number) % NAMES.len()]
}

impl Name {
    fn text(&self) -> String {
        let versioned = |zeros: u8, version: u8, name: u8| {
            let zeros = "0".repeat(usize::from(zeros % 20));
            format!("{zeros}{}_{}", version % 5, of_names(name))
        };
        match self {
            Self::Migration { zeros, version, name } => versioned(*zeros, *version, *name) + ".sql",
            Self::Down { zeros, version, name } => versioned(*zeros, *version, *name) + ".down.sql",
            Self::Object(name) => of_names(*name).to_owned() + ".sql",
            Self::Any(text) => plain(text),
            Self::AnySql(text) => plain(text) + ".sql",
        }
    }
}

/// As one name of a file.
fn plain(text: &str) -> String {
    let name: String = text.chars().filter(|char| !matches!(char, '/' | '\0')).take(50).collect();
    if matches!(&*name, "" | "." | "..") { "x".into() } else { name }
}

impl Content {
    fn bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Usual(number) => Some(format!("SELECT {number};\n").into()),
            Self::After(names) => {
                let after = names
                    .iter()
                    .take(3)
                    .map(|name| format!("-- migrations: after={}\n", of_names(*name)));
                Some((after.collect::<String>() + "SELECT 1;\n").into())
            }
            Self::Empty => Some(Vec::new()),
            Self::Folder => None,
            Self::Any(bytes) => Some(bytes.clone()),
        }
    }
}

/// What is to be embedded, by the path from the folder.
fn embedded(folder: &Folder) -> BTreeMap<String, &Migration> {
    let ups = folder.migrations.iter();
    let downs = ups.clone().filter_map(|file| file.down.as_deref());
    let all: Vec<_> = ups.chain(downs).chain(&folder.repeatables).collect();
    let by_name: BTreeMap<_, _> = all.iter().map(|file| (file.file_name(), *file)).collect();
    assert_eq!(by_name.len(), all.len(), "a file is embedded twice");
    by_name
}

/// Every file that ends in `.sql`, and is not hidden, is embedded or told of.
fn nothing_is_left_out(
    files: &BTreeMap<String, Vec<u8>>,
    embedded: &BTreeMap<String, &Migration>,
    folder: &Folder,
) {
    let told: BTreeSet<_> = folder.problems.iter().map(Diagnostic::file).collect();
    for name in files.keys().filter(|name| is_sql(name)) {
        // Of a folder that is named as a file, no more is told.
        let path = HERE.join(name);
        let is_told = path.ancestors().any(|path| told.contains(path));
        // Nor of what reverts a file that cannot be read.
        let is_told = is_told || name.ends_with(".down.sql") && is_one_unreadable(folder);
        assert!(is_told || embedded.contains_key(name), "{name:?} is left out");
    }
    assert!(!embedded.is_empty() || folder.has_errors(), "there is none, and nobody told");
}

fn is_one_unreadable(folder: &Folder) -> bool {
    let messages = ["cannot be read: ", "the file is not UTF-8"];
    let is_it = |message: &str| messages.iter().any(|it| message.starts_with(it));
    folder.problems.iter().any(|problem| is_it(problem.message()))
}

/// Two folders down nobody looks: that is told of one folder down.
fn is_sql(path: &str) -> bool {
    let is_hidden = path.split('/').any(|name| name.starts_with('.'));
    let is_in_reach = path.split('/').count() < if path.starts_with("repeatable/") { 4 } else { 3 };
    path.to_ascii_lowercase().ends_with(".sql") && !is_hidden && is_in_reach
}

fn embedded_files_are_what_lies_there(
    files: &BTreeMap<String, Vec<u8>>,
    embedded: &BTreeMap<String, &Migration>,
) {
    for (name, file) in embedded {
        let text = files.get(name).expect("a file that lies there");
        let text = str::from_utf8(text).expect("only text is embedded");
        assert_eq!(file.has_bom, text.starts_with('\u{feff}'), "{name:?}");
        let kind = match name.strip_prefix("repeatable/") {
            Some(_) => Kind::Repeatable,
            None if name.ends_with(".down.sql") => Kind::Down,
            None => Kind::Versioned,
        };
        assert_eq!(file.kind, kind, "{name:?}");
        if kind != Kind::Repeatable {
            let (digits, _) = name.split_once('_').expect("VERSION_name");
            assert_eq!(Ok(file.version), digits.parse(), "{name:?}");
        }
    }
}

fn problems_are_told_well(folder: &Folder) {
    assert!(folder.problems.is_sorted());
    for problem in &folder.problems {
        let shown = problem.to_string();
        assert!(!shown.contains(is_obeyed), "{shown:?}");
        assert!(problem.file().starts_with(&*HERE as &Path), "{problem:?}");
    }
}

fn versions_ascend(folder: &Folder) {
    let versions: Vec<_> = folder.migrations.iter().map(|file| file.version).collect();
    assert!(versions.is_sorted_by(|one, other| one < other), "{versions:?}");
}

fn downs_are_of_their_migrations(folder: &Folder) {
    for file in &folder.migrations {
        if let Some(down) = &file.down {
            assert_eq!((down.version, &down.name), (file.version, &file.name));
        }
    }
}

fn objects_follow_what_they_come_after(folder: &Folder) {
    let mut seen = BTreeSet::new();
    for object in &folder.repeatables {
        for other in &object.directives.after {
            assert!(seen.contains(other), "{other} stands behind {}", object.name);
        }
        assert!(seen.insert(object.name.clone()), "{} is there twice", object.name);
    }
}
