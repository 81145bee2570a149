use std::fmt::{self, Write as _};
use std::time::Duration;

use crate::migration::{Checksum, Kind, Migration};
use crate::printable::Printable;

/// What a run did and found.
///
/// It displays as one line for each migration that was applied or is worth a word, and ends in
/// `Migration complete: Applied: 1, Skipped: 0`.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub(crate) applied: Vec<Applied>,
    pub(crate) skipped: Vec<&'static Migration>,
    pub(crate) by_others: Vec<Other>,
    pub(crate) newer: Vec<(i64, String)>,
    pub(crate) renamed: Vec<(&'static Migration, String)>,
    pub(crate) older_texts: Vec<(&'static Migration, Checksum)>,
    pub(crate) continued: Vec<Continued>,
    pub(crate) repeated: Vec<Applied>,
    pub(crate) reverted: Vec<Applied>,
    pub(crate) kept: Vec<&'static Migration>,
    pub(crate) removed: Vec<String>,
}

impl Report {
    /// The migrations that this run applied, by version.
    #[must_use]
    pub fn applied(&self) -> &[Applied] {
        &self.applied
    }

    /// The migrations that were applied already when this run's turn came, by version.
    #[must_use]
    pub fn skipped(&self) -> &[&'static Migration] {
        &self.skipped
    }

    /// Those of the skipped that others applied since this run began, and who they are.
    #[must_use]
    pub fn by_others(&self) -> &[Other] {
        &self.by_others
    }

    /// Versions and names that are recorded but newer than all that this binary embeds: it is older
    /// than the one that was deployed last.
    #[must_use]
    pub fn newer(&self) -> &[(i64, String)] {
        &self.newer
    }

    /// Migrations that were applied under another name, and that name. Their texts are the same.
    #[must_use]
    pub fn renamed(&self) -> &[(&'static Migration, String)] {
        &self.renamed
    }

    /// Migrations that were applied with an older text, which their files accept by the directive
    /// `-- migrations: accept=sha256:…`, and the checksum of that text.
    #[must_use]
    pub fn older_texts(&self) -> &[(&'static Migration, Checksum)] {
        &self.older_texts
    }

    /// The repeatable objects that this run applied, in that order.
    #[must_use]
    pub fn repeated(&self) -> &[Applied] {
        &self.repeated
    }

    /// The down files that were run, newest first.
    #[must_use]
    pub fn reverted(&self) -> &[Applied] {
        &self.reverted
    }

    /// Repeatable objects that were applied with another text, and that this run has left as they are,
    /// because this binary is older than the one that was deployed last.
    #[must_use]
    pub fn kept(&self) -> &[&'static Migration] {
        &self.kept
    }

    /// Names of repeatable objects that were applied, but whose files are gone.
    #[must_use]
    pub fn removed(&self) -> &[String] {
        &self.removed
    }

    /// What this run has found of migrations that earlier runs had begun, and done about it.
    #[must_use]
    pub fn continued(&self) -> &[Continued] {
        &self.continued
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = Printable(f);
        for continued in &self.continued {
            writeln!(f, "{continued}")?;
        }
        for applied in self.applied.iter().chain(&self.repeated).chain(&self.reverted) {
            writeln!(f, "{applied}")?;
        }
        for other in &self.by_others {
            writeln!(f, "{other}")?;
        }
        for line in self.tolerated() {
            writeln!(f, "{line}")?;
        }
        write!(f, "{}", self.summary())
    }
}

impl Report {
    pub(crate) fn summary(&self) -> String {
        let counts = [
            ("Applied", self.applied.len()),
            ("Skipped", self.skipped.len()),
            ("Repeated", self.repeated.len()),
            ("Reverted", self.reverted.len()),
        ];
        // The first two are always told.
        let told = counts.iter().enumerate().filter(|(index, (_, count))| *index < 2 || *count > 0);
        let told: Vec<_> = told.map(|(_, (what, count))| format!("{what}: {count}")).collect();
        format!("Migration complete: {}", told.join(", "))
    }

    /// A line for each thing that was tolerated on purpose.
    pub(crate) fn tolerated(&self) -> impl Iterator<Item = String> {
        let newer = self.newer.iter().map(|(version, name)| {
            format!("Accepted version {version} ({name}), which is newer than this binary")
        });
        let renamed = self.renamed.iter().map(|(migration, name)| {
            format!("Accepted {} although it was applied as `{name}`", migration.file_name())
        });
        let older_texts = self.older_texts.iter().map(|(migration, checksum)| {
            let file = migration.file_name();
            format!("Accepted {file} although an older text of it was applied, with {checksum}")
        });
        let kept = self.kept.iter().map(|migration| {
            let file = migration.file_name();
            format!("Left {file} as a newer binary has applied it: this one is older")
        });
        let removed = self.removed.iter().map(|name| {
            format!("Accepted that repeatable/{name}.sql was applied, although the file is gone")
        });
        newer.chain(renamed).chain(older_texts).chain(kept).chain(removed)
    }
}

/// A migration that a run applied.
#[derive(Clone, Copy, Debug)]
pub struct Applied {
    pub(crate) migration: &'static Migration,
    pub(crate) took: Duration,
    pub(crate) rows: Option<u64>,
}

impl Applied {
    /// The migration.
    #[must_use]
    pub fn migration(&self) -> &'static Migration {
        self.migration
    }

    /// How long it took, from sending the file to the answer to its COMMIT.
    #[must_use]
    pub fn took(&self) -> Duration {
        self.took
    }

    /// How many rows its batches have changed, those of earlier runs included; nothing if it does
    /// not run in batches.
    #[must_use]
    pub fn rows(&self) -> Option<u64> {
        self.rows
    }
}

impl fmt::Display for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = if self.migration.kind() == Kind::Down { "Reverted with" } else { "Applied" };
        write!(f, "{done} {} in {:.1?}", self.migration.file_name(), self.took)?;
        self.rows.map_or(Ok(()), |rows| write!(f, ", {rows} rows"))
    }
}

/// A migration that an earlier run had begun, and with which a run went on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Continued {
    /// The migration.
    pub migration: &'static Migration,
    /// The statement at which the run went on, from 1.
    pub statement: usize,
    /// What was found of that statement, and done about it.
    pub found: Found,
}

/// What was found of a statement that an earlier run had begun, or this one before it tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Found {
    /// It had not been begun.
    NotBegun,
    /// It had been begun, and the catalog shows nothing of it: it was run again.
    Nothing,
    /// The catalog shows that it is done: it was not run again.
    Done,
    /// The catalog showed something half done, which this statement removed or completed.
    HalfDone(String),
}

impl fmt::Display for Continued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, number) = (self.migration.file_name(), self.statement);
        write!(f, "Continued {file} at statement {number}")?;
        match &self.found {
            Found::NotBegun => Ok(()),
            Found::Nothing => f.write_str(", which had left nothing"),
            Found::Done => f.write_str(", which the catalog shows as done"),
            Found::HalfDone(sql) => write!(f, ", which was half done, with `{sql}`"),
        }
    }
}

/// A migration that another process or thread applied while a run waited for its turn.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Other {
    /// The migration's version.
    pub version: i64,
    /// The migration's name.
    pub name: String,
    /// The role that applied it.
    pub role: String,
    /// The package and version that applied it.
    pub application: String,
}

impl Other {
    pub(crate) fn new(version: i64, name: &str, role: &str, application: &str) -> Self {
        Self { version, name: name.into(), role: role.into(), application: application.into() }
    }
}

impl fmt::Display for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, name, role, application } = self;
        write!(
            f,
            "Version {version} ({name}) was applied meanwhile by {application} as role {role}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Applied, Continued, Found, Other, Report};
    use crate::__private::Source;
    use crate::migration::{Checksum, Migration};
    use std::time::Duration;

    static MIGRATION: Migration =
        Migration::new(Source { path: "migrations/0003_add.sql", ..Source::EMPTY });

    fn continued(found: Found) -> Continued {
        Continued { migration: &MIGRATION, statement: 2, found }
    }

    #[test]
    fn says_all_that_was_done_and_tolerated() {
        let report = Report {
            applied: vec![Applied {
                migration: &MIGRATION,
                took: Duration::from_micros(1500),
                rows: None,
            }],
            skipped: vec![&MIGRATION, &MIGRATION],
            by_others: vec![Other::new(2, "two", "owner", "app 1.0.0")],
            newer: vec![(9, "nine".into())],
            renamed: vec![(&MIGRATION, "old".into())],
            older_texts: vec![(&MIGRATION, Checksum::new([0xAB; 32]))],
            continued: vec![continued(Found::Done), continued(Found::HalfDone("DROP x".into()))],
            ..Report::default()
        };
        let older = "ab".repeat(32);
        let expected = format!(
            "\
Continued 0003_add.sql at statement 2, which the catalog shows as done
Continued 0003_add.sql at statement 2, which was half done, with `DROP x`
Applied 0003_add.sql in 1.5ms
Version 2 (two) was applied meanwhile by app 1.0.0 as role owner
Accepted version 9 (nine), which is newer than this binary
Accepted 0003_add.sql although it was applied as `old`
Accepted 0003_add.sql although an older text of it was applied, with sha256:{older}
Migration complete: Applied: 1, Skipped: 2"
        );
        assert_eq!(report.to_string(), expected);
    }
}
