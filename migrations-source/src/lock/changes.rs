use std::ops::Range;

use super::{Entry, Lock, chained};
use crate::checksum::Digest;
use crate::directory::Folder;
use crate::migration::Migration;

/// How a folder differs from its lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The file is not listed.
    Added(String),
    /// The file is not what it was.
    Edited(String),
    /// The file has another name.
    Renamed {
        /// As it is listed.
        from: String,
        /// As it is.
        to: String,
    },
    /// The file is listed, but not there.
    Removed(String),
    /// The file is what it was, but its line does not follow from the line above.
    Moved(String),
    /// A line is none of a lock.
    Unreadable(String),
}

impl Change {
    /// Whether git left the line where two branches conflict.
    #[must_use]
    pub fn is_conflict_mark(&self) -> bool {
        let marks = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];
        matches!(self, Self::Unreadable(line) if marks.iter().any(|mark| line.starts_with(mark)))
    }
}

impl Lock {
    /// How a folder differs from what is listed.
    #[must_use]
    pub fn changes(&self, folder: &Folder) -> Vec<Change> {
        self.places_of_changes(folder).into_iter().map(|(change, _)| change).collect()
    }

    /// With each change, where its line stands, if it has one.
    pub(super) fn places_of_changes(&self, folder: &Folder) -> Vec<(Change, Option<Range<usize>>)> {
        let unreadable = |range: &Range<usize>| {
            (Change::Unreadable(self.text[range.clone()].into()), Some(range.clone()))
        };
        let mut changes: Vec<_> = self.others.iter().map(unreadable).collect();
        for (index, entry) in self.entries.iter().enumerate() {
            let change = self.change(index, entry, folder);
            changes.extend(change.map(|change| (change, Some(entry.range.clone()))));
        }
        let added = folder.migrations.iter().map(Migration::file_name);
        let is_new = |name: &String| !self.lists(name) && !is_renamed_to(&changes, name);
        let added: Vec<_> = added.filter(is_new).map(|name| (Change::Added(name), None)).collect();
        changes.extend(added);
        changes
    }

    fn change(&self, index: usize, entry: &Entry, folder: &Folder) -> Option<Change> {
        let name = entry.file_name.clone();
        let file = folder.migrations.iter().find(|migration| migration.file_name() == name);
        let Some(file) = file else { return self.absence(entry, folder) };
        let above = index.checked_sub(1).map(|above| self.entries[above].digest);
        if entry.digest == chained(above, &name, &file.checksum) {
            None
        } else if self.is_intact(entry, &file.checksum) {
            Some(Change::Moved(name))
        } else {
            Some(Change::Edited(name))
        }
    }

    fn absence(&self, entry: &Entry, folder: &Folder) -> Option<Change> {
        let from = entry.file_name.clone();
        let is_it = |migration: &&Migration| {
            !self.lists(&migration.file_name()) && self.is_intact(entry, &migration.checksum)
        };
        if let Some(renamed) = folder.migrations.iter().find(is_it) {
            return Some(Change::Renamed { from, to: renamed.file_name() });
        }
        // One that cannot be read is told of elsewhere.
        (!folder.path.join(&from).exists()).then_some(Change::Removed(from))
    }

    /// Whether the line was written for such a file, below whatever line.
    fn is_intact(&self, entry: &Entry, checksum: &Digest) -> bool {
        let above = self.entries.iter().map(|entry| Some(entry.digest)).chain([None]);
        above.into_iter().any(|above| entry.digest == chained(above, &entry.file_name, checksum))
    }

    fn lists(&self, file_name: &str) -> bool {
        self.entries.iter().any(|entry| entry.file_name == file_name)
    }
}

fn is_renamed_to(changes: &[(Change, Option<Range<usize>>)], name: &str) -> bool {
    changes.iter().any(|(change, _)| matches!(change, Change::Renamed { to, .. } if to == name))
}

#[cfg(test)]
mod tests {
    use super::Change::{Added, Edited, Moved, Removed, Renamed, Unreadable};
    use super::{Change, Lock};
    use crate::directory::Folder;
    use crate::lock::tests::migration;

    /// Names and checksums.
    type Files<'a> = &'a [(&'a str, u8)];

    fn folder(files: Files<'_>) -> Folder {
        let migrations = files.iter().map(|(name, checksum)| migration(name, *checksum)).collect();
        Folder { migrations, ..Folder::default() }
    }

    fn changes(lock: &str, files: Files<'_>) -> Vec<Change> {
        Lock::parse(lock.into()).changes(&folder(files))
    }

    const FILES: [(&str, u8); 3] = [("1_a.sql", 1), ("2_b.sql", 2), ("3_c.sql", 3)];

    #[test]
    fn tells_how_a_folder_differs() {
        let lock = Lock::of(&folder(&FILES).migrations).to_string();
        let [a, b, c] = FILES;
        let cases: [(Files<'_>, &[Change]); 8] = [
            (&[a, b, c], &[]),
            (&[a, b, c, ("4_d.sql", 4)], &[Added("4_d.sql".into())]),
            (&[("0_d.sql", 4), a, b, c], &[Added("0_d.sql".into())]),
            (&[a, ("2_b.sql", 9), c], &[Edited("2_b.sql".into())]),
            (
                &[("1_a.sql", 9), ("2_b.sql", 9), c],
                &[Edited("1_a.sql".into()), Edited("2_b.sql".into())],
            ),
            (&[a, c], &[Removed("2_b.sql".into())]),
            (&[a, ("2_x.sql", 2), c], &[Renamed { from: "2_b.sql".into(), to: "2_x.sql".into() }]),
            (&[a, ("2_x.sql", 9), c], &[Removed("2_b.sql".into()), Added("2_x.sql".into())]),
        ];
        for (files, expected) in cases {
            assert_eq!(changes(&lock, files), expected, "{files:?}");
        }
    }

    #[test]
    fn knows_the_marks_of_a_conflict() {
        let cases = [("<<<<<<< HEAD", true), ("=======", true), ("1_a.sql", false), ("< ", false)];
        for (line, is_mark) in cases {
            assert_eq!(Unreadable(line.into()).is_conflict_mark(), is_mark, "{line}");
        }
        assert!(!Added("<<<<<<< HEAD".into()).is_conflict_mark());
    }

    #[test]
    fn tells_merged_and_reordered_lines() {
        let lines = |files: Files<'_>| {
            let lock = Lock::of(&folder(files).migrations).to_string();
            lock.lines().map(String::from).collect::<Vec<_>>()
        };
        let [a, b, c] = FILES;
        let (ours, theirs) = (lines(&[a, b]), lines(&[a, c]));
        let kept_both = [&ours[..], &theirs[3..]].concat().join("\n");
        assert_eq!(changes(&kept_both, &FILES), [Moved("3_c.sql".into())]);

        let conflict =
            [&ours[..3], &["<<<<<<<".into()], &ours[3..], &theirs[3..]].concat().join("\n");
        let expected = [Unreadable("<<<<<<<".into()), Moved("3_c.sql".into())];
        assert_eq!(changes(&conflict, &FILES), expected);

        let all = lines(&FILES);
        let reordered = [&all[..3], &all[4..5], &all[3..4]].concat().join("\n");
        let expected = [Moved("3_c.sql".into()), Moved("2_b.sql".into())];
        assert_eq!(changes(&reordered, &FILES), expected);

        let twice = [&all[..], &all[4..]].concat().join("\n");
        assert_eq!(changes(&twice, &FILES), [Moved("3_c.sql".into())]);
    }
}
