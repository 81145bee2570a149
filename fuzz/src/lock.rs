//! The lock file.

use arbitrary::Arbitrary;
use migrations_source::fuzzing::{lock_problems, parse_lock};
use migrations_source::{Change, Digest, Folder, Kind, Lock, Migration};

/// A folder, and the lines of its lock file.
#[derive(Arbitrary, Debug)]
pub struct Case {
    /// Each is a file, by version, of this text; where there is none, the version has no file.
    files: [Option<u8>; 6],
    /// Whether each, where it is there, has a down file.
    downs: [bool; 6],
    /// Which repeatable objects there are.
    objects: [bool; 3],
    /// The same as the files, of another branch.
    others: [Option<u8>; 6],
    lines: Vec<Line>,
}

/// A line of a lock file.
#[derive(Arbitrary, Debug)]
enum Line {
    /// Of the folder's own lock.
    Own(u8),
    /// Of the other branch's.
    Other(u8),
    /// As git leaves it.
    Conflict,
    Windows,
    /// Of a file that is none of a migration.
    Strange(String, u8),
    /// The name of a file that may be edited, without a hash.
    Name(u8),
    Any(String),
}

/// Holds for any case.
pub fn check(case: &Case) {
    let folder = folder(&case.files, case);
    let own = Lock::of(&folder);
    is_read_as_it_is_written(&own, &folder);
    edits_are_told(&own, &folder);
    let other = Lock::of(&self::folder(&case.others, case));
    let text: String = case.lines.iter().map(|line| line.text(&own, &other)).collect();
    only_the_right_lock_has_no_changes(&text, &own, &folder);
}

/// The lock's path is looked at for files that cannot be read: there are some that are none.
fn folder(files: &[Option<u8>], case: &Case) -> Folder {
    let files = (1..).zip(files).zip(case.downs);
    let file = |((version, text), has_down): ((i64, &Option<u8>), _)| {
        Some(file(version, (*text)?, has_down))
    };
    let objects = case.objects.iter().zip(["a", "b", "c"]).filter(|(is_there, _)| **is_there);
    Folder {
        path: ".".into(),
        migrations: files.filter_map(file).collect(),
        repeatables: objects.map(|(_, name)| object(name)).collect(),
        ..Folder::default()
    }
}

fn file(version: i64, text: u8, has_down: bool) -> Migration {
    let path = format!("{version:04}_file.sql").into();
    let down = has_down.then(|| down(version).into());
    Migration { version, path, checksum: digest(text), down, ..Migration::default() }
}

fn down(version: i64) -> Migration {
    let path = format!("{version:04}_file.down.sql").into();
    Migration { version, kind: Kind::Down, path, ..Migration::default() }
}

fn object(name: &str) -> Migration {
    let path = format!("repeatable/{name}.sql").into();
    Migration { kind: Kind::Repeatable, name: name.into(), path, ..Migration::default() }
}

fn digest(text: u8) -> Digest {
    [text; 32]
}

impl Line {
    fn text(&self, own: &Lock, other: &Lock) -> String {
        match self {
            Self::Own(number) => line(own, *number),
            Self::Other(number) => line(other, *number),
            Self::Conflict => "<<<<<<< ours\n".into(),
            Self::Windows => "\r\n".into(),
            Self::Strange(name, text) => {
                format!("{name} {}\n", migrations_source::display_digest(&digest(*text)))
            }
            Self::Name(number) if number % 2 == 0 => format!("{:04}_file.down.sql\n", number % 7),
            Self::Name(number) => {
                format!("repeatable/{}.sql\n", ["a", "b", "d"][usize::from(number % 3)])
            }
            Self::Any(text) => text.clone(),
        }
    }
}

fn line(lock: &Lock, number: u8) -> String {
    let text = lock.to_string();
    let mut lines = text.split_inclusive('\n').cycle();
    lines.nth(number.into()).unwrap_or_default().to_owned()
}

fn is_read_as_it_is_written(lock: &Lock, folder: &Folder) {
    assert_eq!(lock.changes(folder), []);
    assert_eq!(lock_problems(lock, folder), []);
    assert_eq!(parse_lock(&lock.to_string()), *lock);
    assert_eq!(parse_lock(&lock.to_string().replace('\n', "\r\n")).changes(folder), []);
}

/// One file is edited, removed or renamed, or one is added: that is told, and nothing else.
fn edits_are_told(lock: &Lock, folder: &Folder) {
    let changed = |edit: &dyn Fn(&mut Vec<Migration>)| {
        let mut folder = folder.clone();
        edit(&mut folder.migrations);
        lock.changes(&folder)
    };
    names_are_told(lock, folder);
    for (at, file) in folder.migrations.iter().enumerate() {
        let (name, other) = (file.file_name(), format!("{:04}_other.sql", file.version));
        let edited = changed(&|files| files[at].checksum[31] ^= 1);
        assert_eq!(edited, [Change::Edited(name.clone())]);
        let removed = changed(&|files| drop(files.remove(at)));
        let down = file.down.as_ref().map(|down| Change::Removed(down.file_name()));
        let expected: Vec<_> = [Change::Removed(name.clone())].into_iter().chain(down).collect();
        assert_eq!(removed, expected);
        let renamed = changed(&|files| files[at].path = other.clone().into());
        assert_eq!(renamed, [Change::Renamed { from: name, to: other.clone() }]);
        let added = changed(&|files| {
            files.insert(at, Migration { path: other.clone().into(), down: None, ..file.clone() });
        });
        assert_eq!(added, [Change::Added(other)]);
    }
}

/// A file that is listed by name is added or removed, and edited.
fn names_are_told(lock: &Lock, folder: &Folder) {
    let mut other = folder.clone();
    other.repeatables.push(object("z"));
    assert_eq!(lock.changes(&other), [Change::Added("repeatable/z.sql".into())]);
    if let Some(object) = other.repeatables.first_mut() {
        object.checksum = digest(7);
    }
    other.repeatables.pop();
    assert_eq!(lock.changes(&other), []);
    if let Some(object) = other.repeatables.pop() {
        assert_eq!(lock.changes(&other), [Change::Removed(object.file_name())]);
    }
    let mut other = folder.clone();
    for file in &mut other.migrations {
        let (now, name) = (down(file.version), down(file.version).file_name());
        let was = file.down.replace(now.into());
        let change = was.is_none().then_some(Change::Added(name));
        assert_eq!(lock.changes(&with_file(folder, file)), change.into_iter().collect::<Vec<_>>());
    }
}

fn with_file(folder: &Folder, file: &Migration) -> Folder {
    let mut folder = folder.clone();
    let of_version = folder.migrations.iter_mut().find(|other| other.version == file.version);
    *of_version.expect("a file of the folder") = file.clone();
    folder
}

/// Whatever else stands in the file, there is a change, and people are told of it.
fn only_the_right_lock_has_no_changes(text: &str, own: &Lock, folder: &Folder) {
    let lock = parse_lock(text);
    assert_eq!(lock.to_string(), text);
    let changes = lock.changes(folder);
    let is_right = entries(text) == entries(&own.to_string());
    assert_eq!(changes.is_empty(), is_right, "{changes:?}: {text:?}");
    let problems = lock_problems(&lock, folder);
    assert_eq!(problems.is_empty(), is_right, "{problems:?}: {text:?}");
    for problem in problems {
        assert!(problem.to_string().contains(problem.message()));
    }
}

/// What the lines say, each a file's name and, of most, a hash.
fn entries(text: &str) -> Vec<(&str, &str)> {
    let lines = text.lines().map(str::trim_end);
    let says = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    says.map(|line| line.split_once(' ').map_or((line, ""), |(name, hash)| (name, hash.trim())))
        .collect()
}
