//! `migrations.lock`: one line for each file, `FILE sha256:HASH`, whose hash covers the file and all
//! lines above. It is committed, so that an edited, removed or reordered file is noticed, and two
//! branches that both add a file conflict. At its end are the names of the files that may be edited
//! at any time, so that cargo, which reads the lock, notices when one is added or removed.

mod changes;
mod problems;

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::checksum::{Digest, display_digest, parse_digest};
use crate::directory::Folder;
use crate::file_name::{self, FileName, may_be_edited};
use crate::migration::Migration;

pub use changes::Change;
pub use problems::cargo_command;
pub(crate) use problems::problems;
#[cfg(feature = "fuzzing")]
pub(crate) use problems::problems_of;

/// The name of the lock file in a folder of migrations.
pub const LOCK_FILE: &str = "migrations.lock";

const HEAD: &str = "\
# The migrations of this folder, in order; each hash covers the file and all lines above.
# Written by `cargo migrations lock`: commit it, and do not edit it by hand.
";

const HEAD_OF_NAMES: &str = "\
# Listed without a hash, since they may be edited at any time:
";

/// What a lock file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    text: String,
    entries: Vec<Entry>,
    /// Where the names stand that have no hash, in bytes of the text.
    names: Vec<Range<usize>>,
    /// Where lines stand that are none of ours, in bytes of the text.
    others: Vec<Range<usize>>,
}

/// A line of a lock file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    file_name: String,
    digest: Digest,
    /// Where the file's name stands, in bytes of the text.
    range: Range<usize>,
}

impl Lock {
    /// The lock of a folder, as it is to be written.
    #[must_use]
    pub fn of(folder: &Folder) -> Self {
        let (mut text, mut previous) = (String::from(HEAD), None);
        for migration in &folder.migrations {
            let file_name = migration.file_name();
            let digest = chained(previous, &file_name, &migration.checksum);
            text.extend([&file_name, " ", &display_digest(&digest), "\n"]);
            previous = Some(digest);
        }
        let names = names_without_hash(folder);
        text.extend((!names.is_empty()).then_some(HEAD_OF_NAMES));
        text.extend(names.into_iter().map(|name| name + "\n"));
        Self::parse(text)
    }

    /// Reads the lock file of a folder, if there is one.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is not UTF-8.
    pub fn read(folder: &Path) -> io::Result<Option<Self>> {
        let path = folder.join(LOCK_FILE);
        // A link to nowhere is one that somebody wanted to be there.
        let is_absent = path.symlink_metadata().is_err();
        match fs::read_to_string(path) {
            Ok(text) => Ok(Some(Self::parse(text.trim_start_matches('\u{feff}').into()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound && is_absent => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Lines that cannot be read are kept apart: they may be the marks of a merge conflict.
    pub(crate) fn parse(text: String) -> Self {
        let (mut entries, mut names, mut others) = (Vec::new(), Vec::new(), Vec::new());
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            let line = line.trim_end();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match parse_line(line) {
                Some((name, digest)) => {
                    let range = start..start + name.len();
                    entries.push(Entry { file_name: name.into(), digest, range });
                }
                None if may_be_edited(line) => names.push(start..start + line.len()),
                None => others.push(start..start + line.len()),
            }
        }
        Self { text, entries, names, others }
    }
}

/// The files of a folder that may be edited, by name.
fn names_without_hash(folder: &Folder) -> BTreeSet<String> {
    let downs = folder.migrations.iter().filter_map(|migration| migration.down.as_deref());
    downs.chain(&folder.repeatables).map(Migration::file_name).collect()
}

fn parse_line(line: &str) -> Option<(&str, Digest)> {
    let (name, digest) = line.split_once(' ')?;
    // Of another file, such as README.md, nobody would tell that it is no migration.
    matches!(file_name::parse(name), Ok(FileName::Versioned(..))).then_some(())?;
    Some((name, parse_digest(digest.trim())?))
}

/// The hash of a line: SHA-256 over the one of the line above, the file's name, a NUL, and the
/// file's checksum.
fn chained(previous: Option<Digest>, file_name: &str, checksum: &Digest) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update(previous.as_ref().map_or(&[][..], |digest| &digest[..]));
    hasher.update(file_name);
    hasher.update([0]);
    hasher.update(checksum);
    hasher.finalize().into()
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::Lock;
    use crate::directory::Folder;
    use crate::kind::Kind;
    use crate::migration::Migration;

    pub(super) fn migration(file_name: &str, checksum: u8) -> Migration {
        Migration { path: file_name.into(), checksum: [checksum; 32], ..Migration::default() }
    }

    pub(super) fn folder(migrations: Vec<Migration>) -> Folder {
        Folder { migrations, ..Folder::default() }
    }

    pub(super) fn repeatable(name: &str) -> Migration {
        let path = format!("repeatable/{name}.sql").into();
        Migration { kind: Kind::Repeatable, path, ..Migration::default() }
    }

    pub(super) fn with_down(migration: Migration) -> Migration {
        let path = migration.path.with_extension("down.sql");
        let down = Migration { kind: Kind::Down, path, ..Migration::default() };
        Migration { down: Some(down.into()), ..migration }
    }

    /// The definition of the file, frozen: a change here breaks the builds of all who have one.
    #[test]
    fn vectors() {
        let lock = Lock::of(&folder(vec![migration("1_a.sql", 1), migration("2_b.sql", 2)]));
        let expected = "\
# The migrations of this folder, in order; each hash covers the file and all lines above.
# Written by `cargo migrations lock`: commit it, and do not edit it by hand.
1_a.sql sha256:cb390d46588ed75c45b76fa8297a8a9cab91cb9d6cc64d9161d8923a4916af75
2_b.sql sha256:f66f6ceafa11ffb5247c70eddd2f73b61796231698445701f14762da3f33f889
";
        assert_eq!(lock.to_string(), expected);
    }

    #[test]
    fn files_that_may_be_edited_are_listed_by_name_at_the_end() {
        let versioned = folder(vec![migration("1_a.sql", 1), migration("2_b.sql", 2)]);
        let mut folder = versioned.clone();
        folder.migrations = folder.migrations.into_iter().map(with_down).collect();
        folder.repeatables = vec![repeatable("b"), repeatable("a")];
        let expected = "\
# Listed without a hash, since they may be edited at any time:
1_a.down.sql
2_b.down.sql
repeatable/a.sql
repeatable/b.sql
";
        let lock = Lock::of(&folder);
        assert_eq!(lock.to_string(), format!("{}{expected}", Lock::of(&versioned)));
        assert_eq!(lock.others, []);
        let names = lock.names.iter().map(|range| &lock.text[range.clone()]);
        assert_eq!(
            names.collect::<Vec<_>>(),
            ["1_a.down.sql", "2_b.down.sql", "repeatable/a.sql", "repeatable/b.sql"]
        );
    }

    #[test]
    fn lines_of_other_files_are_none_of_ours() {
        for name in ["", ".", "README.md", "1_a.down.sql", "/1_a.sql"] {
            let line = format!("{name} sha256:{}", "0".repeat(64));
            assert_eq!(Lock::parse(line.clone()).others.first(), Some(&(0..line.len())), "{line}");
        }
    }

    #[test]
    fn reads_what_it_writes_and_keeps_the_rest_apart() {
        let lock = Lock::of(&folder(vec![migration("1_a.sql", 1), migration("2_b.sql", 2)]));
        assert_eq!(Lock::parse(lock.to_string()), lock);
        let merged =
            format!("{}\r\n<<<<<<< x\r\n3_c.sql sha256:1\n\n", lock.to_string().trim_end());
        let merged = Lock::parse(merged);
        assert_eq!(merged.entries, lock.entries);
        let others = merged.others.iter().map(|range| &merged.text[range.clone()]);
        assert_eq!(others.collect::<Vec<_>>(), ["<<<<<<< x", "3_c.sql sha256:1"]);
    }
}
