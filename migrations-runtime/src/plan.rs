//! Decides, and does no I/O: embedded list + recorded rows + policy -> what to do, or refusals.

use std::collections::BTreeMap;

use crate::journal::{self, Journal};
use crate::migration::{Checksum, Migration};
use crate::refusal::Refusal;

/// A row of the history table, of this set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) version: i64,
    pub(crate) name: String,
    pub(crate) checksum: String,
    /// Whether the migration ran to its end.
    pub(crate) finished: bool,
    /// How far it has got, if its statements run one by one.
    pub(crate) journal: Option<Journal>,
}

/// A migration to be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) migration: &'static Migration,
    /// How far an earlier run has got with it.
    pub(crate) begun: Option<Journal>,
}

/// What the history tells to do.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// To be applied, by version.
    pub(crate) pending: Vec<Pending>,
    /// Applied already, by version.
    pub(crate) skipped: Vec<&'static Migration>,
    /// Applied under another name, which the row still has.
    pub(crate) renamed: Vec<(&'static Migration, String)>,
    /// Applied with an older text that its file accepts, of which this is the checksum.
    pub(crate) older_texts: Vec<(&'static Migration, Checksum)>,
    /// Recorded by a binary that embeds newer migrations.
    pub(crate) newer: Vec<(i64, String)>,
}

/// What to do about pending migrations below the newest applied one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum OutOfOrder {
    #[default]
    Refuse,
    Apply,
}

/// Compares the embedded migrations, ordered by version, with the recorded rows in any order.
pub(crate) fn plan(
    embedded: &'static [Migration],
    recorded: &[Row],
    out_of_order: OutOfOrder,
) -> Result<Plan, Vec<Refusal>> {
    let mut rows: BTreeMap<i64, &Row> = recorded.iter().map(|row| (row.version, row)).collect();
    let newest_applied = rows.last_key_value().map(|(_, row)| (row.version, row.name.clone()));
    let newest_embedded = embedded.last().map(Migration::version);

    let mut plan = Plan::default();
    let mut refusals = twice(recorded);
    for migration in embedded {
        match rows.remove(&migration.version()) {
            Some(Row { finished: false, journal: Some(journal), .. }) => {
                refusals.extend(journal::compare(journal, migration).err());
                plan.pending.push(Pending { migration, begun: Some(journal.clone()) });
            }
            Some(row) => {
                refusals.extend(disagreement(migration, row));
                plan.skip(migration, row);
            }
            None => {
                refusals.extend(late(migration, newest_applied.as_ref(), out_of_order));
                plan.pending.push(Pending { migration, begun: None });
            }
        }
    }
    for row in rows.into_values() {
        if Some(row.version) > newest_embedded {
            plan.newer.push((row.version, row.name.clone()));
        } else {
            refusals.push(Refusal::Missing { version: row.version, name: row.name.clone() });
        }
    }
    if refusals.is_empty() { Ok(plan) } else { Err(refusals) }
}

fn twice(recorded: &[Row]) -> Vec<Refusal> {
    let mut rows: Vec<_> = recorded.iter().map(|row| (row.version, &row.name)).collect();
    rows.sort();
    let is_same = |pair: &&[(i64, &String)]| pair[0].0 == pair[1].0;
    let twice =
        |pair: &[(i64, &String)]| Refusal::Twice { version: pair[0].0, name: pair[0].1.clone() };
    rows.windows(2).filter(is_same).map(twice).collect()
}

impl Plan {
    fn skip(&mut self, migration: &'static Migration, row: &Row) {
        self.skipped.push(migration);
        if row.name != migration.name() {
            self.renamed.push((migration, row.name.clone()));
        }
        let is_older = |recorded: &Checksum| *recorded != migration.checksum();
        let older = Checksum::parse(&row.checksum).filter(is_older);
        self.older_texts.extend(older.map(|checksum| (migration, checksum)));
    }
}

fn disagreement(migration: &Migration, row: &Row) -> Option<Refusal> {
    if !row.finished {
        return Some(Refusal::Unfinished { version: row.version, name: row.name.clone() });
    }
    let (path, embedded) = (migration.path(), migration.checksum());
    match Checksum::parse(&row.checksum) {
        Some(recorded) if recorded == embedded || migration.accepts(recorded) => None,
        Some(recorded) => Some(Refusal::Edited { path, embedded, recorded }),
        None => Some(Refusal::UnreadableChecksum {
            path,
            version: row.version,
            recorded: row.checksum.clone(),
        }),
    }
}

fn late(
    migration: &Migration,
    newest: Option<&(i64, String)>,
    out_of_order: OutOfOrder,
) -> Option<Refusal> {
    let newest = newest.filter(|(version, _)| migration.version() < *version)?;
    (out_of_order == OutOfOrder::Refuse)
        .then(|| Refusal::Late { path: migration.path(), newest: newest.clone() })
}

#[cfg(test)]
mod tests;
