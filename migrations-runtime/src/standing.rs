//! Compares what is embedded with what is recorded, one by one, and does no I/O.

use std::cmp::Ordering;

use crate::journal::{self, Journal};
use crate::migration::{Checksum, Migration};
use crate::migrations::Migrations;
use crate::refusal::Refusal;

/// A row of the history table, of this set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    /// Of a repeatable object it is a number below 0, which means nothing else.
    pub(crate) version: i64,
    pub(crate) name: String,
    pub(crate) checksum: String,
    /// Whether the migration ran to its end.
    pub(crate) finished: bool,
    /// How far it has got, if its statements run one by one.
    pub(crate) journal: Option<Journal>,
}

impl Row {
    pub(crate) fn is_repeatable(&self) -> bool {
        self.version < 0
    }
}

/// What is embedded, what is recorded of it, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item<'a> {
    pub(crate) migration: Option<&'static Migration>,
    pub(crate) row: Option<&'a Row>,
    pub(crate) standing: Standing,
}

/// How what is embedded and what is recorded go together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Applied,
    /// Applied under another name, or with an older text that the file accepts, or both.
    Accepted {
        name: Option<String>,
        checksum: Option<Checksum>,
    },
    Pending,
    /// Some of its statements may be done.
    Begun(Journal),
    /// A repeatable object that is to be applied again.
    Changed,
    /// A repeatable object with another text, which this binary leaves alone: it is older than the one
    /// that was deployed last.
    Kept,
    /// Recorded by a binary that embeds newer migrations.
    Newer,
    /// A repeatable object that is embedded no more.
    Removed,
    Refused(Refusal),
}

/// What to do about pending migrations below the newest applied one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum OutOfOrder {
    #[default]
    Refuse,
    Apply,
}

/// Compares the embedded migrations with the recorded rows: first those with a version, by that, then the
/// repeatable objects, in the order in which they are applied. The order of the rows does not matter.
pub(crate) fn compare<'a>(
    embedded: &Migrations,
    recorded: &'a [Row],
    out_of_order: OutOfOrder,
) -> Vec<Item<'a>> {
    let mut recorded: Vec<_> = recorded.iter().collect();
    sort(&mut recorded, Row::cmp);
    let (repeated, versioned) =
        recorded.split_at(recorded.partition_point(|it| it.is_repeatable()));
    let newest = embedded.newest_version();
    let is_old = versioned.last().is_some_and(|row| row.version > newest);
    let mut items = versions(embedded.list(), versioned, out_of_order);
    items.extend(repeatables(embedded, repeated, is_old));
    items
}

/// Goes through the list and the rows side by side: both are by version.
fn versions<'a>(
    list: &'static [Migration],
    recorded: &[&'a Row],
    out_of_order: OutOfOrder,
) -> Vec<Item<'a>> {
    let newest_applied = recorded.last().copied();
    let newest_embedded = list.last().map(Migration::version);
    let mut items = Vec::new();
    let mut list = list.iter().peekable();
    let pending = |migration| Item {
        migration: Some(migration),
        row: None,
        standing: of_pending(migration, newest_applied, out_of_order),
    };
    for rows in recorded.chunk_by(|a, b| a.version == b.version) {
        let Some((row, again)) = rows.split_first() else { continue };
        while let Some(migration) = list.next_if(|it| it.version() < row.version) {
            items.push(pending(migration));
        }
        items.extend(again.iter().copied().map(twice));
        let migration = list.next_if(|it| it.version() == row.version);
        let standing = match migration {
            Some(migration) => of_row(migration, row),
            None if Some(row.version) > newest_embedded => Standing::Newer,
            None => Standing::Refused(missing(row)),
        };
        items.push(Item { migration, row: Some(row), standing });
    }
    items.extend(list.map(pending));
    items
}

/// The rows are by version, and of several with the same the first counts; so it is with their names.
fn repeatables<'a>(embedded: &Migrations, recorded: &[&'a Row], is_old: bool) -> Vec<Item<'a>> {
    let (mut rows, mut items) = apart(recorded, |row| row.version);
    sort(&mut rows, |a, b| a.name.cmp(&b.name));
    let (mut rows, twice) = apart(&rows, |row| row.name.as_str());
    items.extend(twice);
    for migration in embedded.repeatables() {
        let row = rows.binary_search_by(|row| row.name.as_str().cmp(migration.name()));
        let row = row.ok().map(|at| rows.remove(at));
        let checksum = migration.checksum().to_string();
        let standing = match row {
            Some(row) if row.finished && row.checksum == checksum => Standing::Applied,
            _ if is_old => Standing::Kept,
            Some(_) => Standing::Changed,
            None => Standing::Pending,
        };
        items.push(Item { migration: Some(migration), row, standing });
    }
    // What an older binary does not embed may be new, and is not for it to forget.
    let standing = if is_old { Standing::Newer } else { Standing::Removed };
    let other = |row| Item { migration: None, row: Some(row), standing: standing.clone() };
    items.extend(rows.into_iter().map(other));
    items
}

/// Not generic, so that both orders share the code that sorts.
fn sort(rows: &mut [&Row], order: fn(&Row, &Row) -> Ordering) {
    rows.sort_by(|a, b| order(a, b));
}

/// Rows in the order of what names them: of several the first, and the others.
fn apart<'a, K: PartialEq>(
    recorded: &[&'a Row],
    key: impl Fn(&'a Row) -> K,
) -> (Vec<&'a Row>, Vec<Item<'a>>) {
    let (mut rows, mut again) = (Vec::<&Row>::new(), Vec::new());
    for row in recorded {
        match rows.last() {
            Some(last) if key(last) == key(row) => again.push(twice(row)),
            _ => rows.push(row),
        }
    }
    (rows, again)
}

fn twice(row: &Row) -> Item<'_> {
    let refusal = Refusal::Twice { version: row.version, name: row.name.clone() };
    Item { migration: None, row: Some(row), standing: Standing::Refused(refusal) }
}

fn of_row(migration: &Migration, row: &Row) -> Standing {
    if let Row { finished: false, journal: Some(journal), .. } = row {
        return match journal::compare(journal, migration) {
            Ok(()) => Standing::Begun(journal.clone()),
            Err(refusal) => Standing::Refused(refusal),
        };
    }
    if !row.finished {
        let refusal = Refusal::Unfinished { version: row.version, name: row.name.clone() };
        return Standing::Refused(refusal);
    }
    let (path, embedded) = (migration.path(), migration.checksum());
    match Checksum::parse(&row.checksum) {
        Some(recorded) if recorded == embedded || migration.accepts(recorded) => {
            let name = Some(&row.name).filter(|name| *name != migration.name()).cloned();
            let checksum = Some(recorded).filter(|recorded| *recorded != embedded);
            match (&name, checksum) {
                (None, None) => Standing::Applied,
                _ => Standing::Accepted { name, checksum },
            }
        }
        Some(recorded) => Standing::Refused(Refusal::Edited { path, embedded, recorded }),
        None => Standing::Refused(Refusal::UnreadableChecksum {
            path,
            version: row.version,
            recorded: row.checksum.clone(),
        }),
    }
}

fn of_pending(migration: &Migration, newest: Option<&Row>, out_of_order: OutOfOrder) -> Standing {
    match newest {
        Some(newest)
            if migration.version() < newest.version && out_of_order == OutOfOrder::Refuse =>
        {
            let newest = (newest.version, newest.name.clone());
            Standing::Refused(Refusal::Late { path: migration.path(), newest })
        }
        _ => Standing::Pending,
    }
}

fn missing(row: &Row) -> Refusal {
    Refusal::Missing { version: row.version, name: row.name.clone() }
}
