use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::{Entry, Lock, chained, names_without_hash};
use crate::checksum::Digest;
use crate::directory::Folder;
use crate::file_name::may_be_edited;
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
    /// Whether a line is lost with it that nobody can write again: of a file that may be applied
    /// somewhere, or one that cannot be read.
    #[must_use]
    pub fn is_loss(&self) -> bool {
        match self {
            Self::Removed(name) => !may_be_edited(name),
            Self::Unreadable(_) => !self.is_conflict_mark(),
            _ => false,
        }
    }

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
        let files = folder.migrations.iter().map(|file| (file.file_name(), file)).collect();
        let listed = self.entries.iter().map(|entry| entry.file_name.as_str()).collect();
        Comparison { lock: self, folder, files, listed }.changes()
    }
}

/// A lock, and the folder that it is to be the lock of.
struct Comparison<'a> {
    lock: &'a Lock,
    folder: &'a Folder,
    /// By name.
    files: BTreeMap<String, &'a Migration>,
    /// The names that have a line.
    listed: BTreeSet<&'a str>,
}

impl Comparison<'_> {
    fn changes(&self) -> Vec<(Change, Option<Range<usize>>)> {
        let Lock { text, entries, others, .. } = self.lock;
        let unreadable = |range: &Range<usize>| {
            (Change::Unreadable(text[range.clone()].into()), Some(range.clone()))
        };
        let mut changes: Vec<_> = others.iter().map(unreadable).collect();
        for (index, entry) in entries.iter().enumerate() {
            let above = index.checked_sub(1).map(|above| entries[above].digest);
            let change = self.change(above, entry);
            changes.extend(change.map(|change| (change, Some(entry.range.clone()))));
        }
        let is_new = |name: &&String| !self.is_listed(name) && !is_renamed_to(&changes, name);
        let added: Vec<_> = self.files.keys().filter(is_new).cloned().collect();
        changes.extend(added.into_iter().map(|name| (Change::Added(name), None)));
        changes.extend(self.changes_of_names());
        changes
    }

    /// Those of the files that are listed by name only.
    fn changes_of_names(&self) -> Vec<(Change, Option<Range<usize>>)> {
        let Lock { text, entries, names, .. } = self.lock;
        let files = names_without_hash(self.folder);
        let end_of_entries = entries.last().map_or(0, |entry| entry.range.end);
        let (mut above, mut changes) = ("", Vec::new());
        for range in names {
            let name = &text[range.clone()];
            // One that cannot be read is told of elsewhere.
            if !files.contains(name) && !self.folder.path.join(name).exists() {
                changes.push((Change::Removed(name.into()), Some(range.clone())));
            } else if range.start < end_of_entries || name <= above {
                changes.push((Change::Moved(name.into()), Some(range.clone())));
            }
            above = name;
        }
        let listed: BTreeSet<_> = names.iter().map(|range| &text[range.clone()]).collect();
        let added = files.into_iter().filter(|name| !listed.contains(name.as_str()));
        changes.extend(added.map(|name| (Change::Added(name), None)));
        changes
    }

    fn change(&self, above: Option<Digest>, entry: &Entry) -> Option<Change> {
        let name = &entry.file_name;
        let Some(file) = self.files.get(name) else { return self.absence(above, entry) };
        if entry.digest == chained(above, name, &file.checksum) {
            None
        } else if self.is_intact(entry, &file.checksum) {
            Some(Change::Moved(name.clone()))
        } else {
            Some(Change::Edited(name.clone()))
        }
    }

    fn absence(&self, above: Option<Digest>, entry: &Entry) -> Option<Change> {
        let from = entry.file_name.clone();
        if let Some(to) = self.new_name(above, entry) {
            return Some(Change::Renamed { from, to: to.clone() });
        }
        // One that cannot be read is told of elsewhere.
        (!self.folder.path.join(&from).exists()).then_some(Change::Removed(from))
    }

    /// The file whose line it would be. After a merge the line need not follow from the one above; but
    /// to try all files below all lines would take minutes where many were renamed.
    fn new_name(&self, above: Option<Digest>, entry: &Entry) -> Option<&String> {
        const FEW: usize = 10;
        let is_new = |(name, _): &(&String, &&Migration)| !self.is_listed(name);
        let new = || self.files.iter().filter(is_new);
        let follows =
            |file: &Migration| entry.digest == chained(above, &entry.file_name, &file.checksum);
        let found = new().find(|(_, file)| follows(file)).or_else(|| {
            let has_few = new().nth(FEW).is_none();
            new().find(|(_, file)| has_few && self.is_intact(entry, &file.checksum))
        });
        found.map(|(name, _)| name)
    }

    /// Whether the line was written for such a file, below whatever line.
    fn is_intact(&self, entry: &Entry, checksum: &Digest) -> bool {
        let above = self.lock.entries.iter().map(|entry| Some(entry.digest)).chain([None]);
        above.into_iter().any(|above| entry.digest == chained(above, &entry.file_name, checksum))
    }

    fn is_listed(&self, file_name: &str) -> bool {
        self.listed.contains(file_name)
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
    use crate::lock::tests::{migration, repeatable, with_down};

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
        let lock = Lock::of(&folder(&FILES)).to_string();
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

    /// Without a hash: what reverts the first file, and an object.
    fn with_names() -> Folder {
        let mut folder = folder(&FILES);
        folder.migrations[0] = with_down(folder.migrations[0].clone());
        folder.repeatables.push(repeatable("v"));
        folder
    }

    #[test]
    fn tells_which_files_without_a_hash_came_and_went() {
        let (few, all) = (folder(&FILES), with_names());
        let names = ["1_a.down.sql", "repeatable/v.sql"].map(String::from);
        assert_eq!(Lock::of(&all).changes(&all), []);
        assert_eq!(Lock::of(&few).changes(&all), names.clone().map(Added));
        assert_eq!(Lock::of(&all).changes(&few), names.map(Removed));
    }

    #[test]
    fn tells_names_that_are_out_of_place() {
        let folder = with_names();
        let text = Lock::of(&folder).to_string();
        let lines: Vec<_> = text.lines().collect();
        let moved = |name: &str| Moved(name.into());
        let (down, view) = (lines[6], lines[7]);
        let cases = [
            ([&lines[..6], &[view, down]].concat(), vec![moved(down)]),
            ([&lines[..], &[view]].concat(), vec![moved(view)]),
            ([&[down], &lines[..6], &[view]].concat(), vec![moved(down)]),
        ];
        for (lines, expected) in cases {
            assert_eq!(Lock::parse(lines.join("\n")).changes(&folder), expected, "{lines:?}");
        }
    }

    #[test]
    fn knows_what_is_lost_with_a_line() {
        let cases = [
            (Removed("1_a.sql".into()), true),
            (Removed("1_a.down.sql".into()), false),
            (Removed("repeatable/v.sql".into()), false),
            (Unreadable("x".into()), true),
            (Unreadable("=======".into()), false),
            (Edited("1_a.sql".into()), false),
        ];
        for (change, expected) in cases {
            assert_eq!(change.is_loss(), expected, "{change:?}");
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
            let lock = Lock::of(&folder(files)).to_string();
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
