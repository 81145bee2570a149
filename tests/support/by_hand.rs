use migrations_runtime::__private::{Folder, Gate, Source, migration, migrations};
use migrations_runtime::{Migration, Migrations};

/// A set that no folder holds: texts that the macro refuses, or that one test needs.
#[must_use]
pub fn by_hand(texts: &[&'static str]) -> Migrations {
    let sources: Vec<_> =
        (1_u8..).zip(texts).map(|(version, sql)| by_hand_source(version, sql)).collect();
    by_hand_sources(&sources)
}

/// One of its migrations, for a test that changes it.
#[must_use]
pub fn by_hand_source(version: u8, sql: &'static str) -> Source {
    Source {
        version: version.into(),
        name: "by_hand",
        path: "by_hand.sql",
        sql,
        checksum: [version; 32],
        ..Source::EMPTY
    }
}

/// The same of whole sources, by version.
#[must_use]
pub fn by_hand_sources(sources: &[Source]) -> Migrations {
    by_hand_in(None, sources)
}

/// The same of a build that knows its folder.
///
/// It has no digest, so that it is never found to be current without a look at the rows.
#[must_use]
pub fn by_hand_in(folder: Option<&'static str>, sources: &[Source]) -> Migrations {
    by_hand_set(folder, sources, &[], "")
}

/// The same with repeatable objects, in the order in which they are applied, and with a digest.
#[must_use]
pub fn by_hand_set(
    folder: Option<&'static str>,
    sources: &[Source],
    repeatables: &[Source],
    digest: &'static str,
) -> Migrations {
    fn gate() -> &'static Gate {
        static GATE: Gate = Gate::new();
        &GATE
    }
    let [list, repeatables] = [sources, repeatables]
        .map(|sources| sources.iter().copied().map(migration).collect::<Vec<Migration>>().leak());
    migrations(list, repeatables, digest, "by-hand 1.0.0", folder.map(Folder::new), gate)
}
