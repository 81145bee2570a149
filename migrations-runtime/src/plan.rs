//! Decides, and does no I/O: embedded list + recorded rows + policy -> what to do, or refusals.

use crate::journal::Journal;
use crate::migration::{Checksum, Migration};
use crate::migrations::Migrations;
use crate::refusal::Refusal;
use crate::standing::{Item, OutOfOrder, Row, Standing, compare};

/// A migration to be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) migration: &'static Migration,
    /// How far an earlier run has got with it.
    pub(crate) begun: Option<Journal>,
}

/// A repeatable object to be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repeat {
    pub(crate) migration: &'static Migration,
    /// What its row has in place of a version.
    pub(crate) number: i64,
    pub(crate) is_recorded: bool,
}

/// What the history tells to do.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// To be applied, by version.
    pub(crate) pending: Vec<Pending>,
    /// To be applied after them, in this order.
    pub(crate) repeats: Vec<Repeat>,
    /// Applied already, by version.
    pub(crate) skipped: Vec<&'static Migration>,
    /// Applied under another name, which the row still has.
    pub(crate) renamed: Vec<(&'static Migration, String)>,
    /// Applied with an older text that its file accepts, of which this is the checksum.
    pub(crate) older_texts: Vec<(&'static Migration, Checksum)>,
    /// Recorded by a binary that embeds newer migrations.
    pub(crate) newer: Vec<(i64, String)>,
    /// Repeatable objects with another text, which a binary that is older than the history leaves alone.
    pub(crate) kept: Vec<&'static Migration>,
    /// Repeatable objects that are recorded but not embedded.
    pub(crate) removed: Vec<String>,
}

/// Compares the embedded migrations with the recorded rows in any order.
pub(crate) fn plan(
    embedded: &Migrations,
    recorded: &[Row],
    out_of_order: OutOfOrder,
) -> Result<Plan, Vec<Refusal>> {
    let mut plan = Plan::default();
    let mut refusals = Vec::new();
    let mut last = 0;
    for Item { migration, row, standing } in compare(embedded, recorded, out_of_order) {
        match (standing, migration, row) {
            (Standing::Refused(refusal), ..) => refusals.push(refusal),
            (standing, Some(migration), _) if !migration.is_repeatable() => {
                plan.add(migration, standing);
            }
            (Standing::Pending | Standing::Changed, Some(migration), row) => {
                let number = row.map_or_else(|| take(&mut last, recorded), |row| row.version);
                plan.repeats.push(Repeat { migration, number, is_recorded: row.is_some() });
            }
            (Standing::Kept, Some(migration), _) => plan.kept.push(migration),
            (Standing::Newer, _, Some(row)) if !row.is_repeatable() => {
                plan.newer.push((row.version, row.name.clone()));
            }
            (Standing::Removed, _, Some(row)) => plan.removed.push(row.name.clone()),
            _ => {}
        }
    }
    if refusals.is_empty() { Ok(plan) } else { Err(refusals) }
}

/// Takes the largest number that is free, below the last one that was taken.
fn take(last: &mut i64, recorded: &[Row]) -> i64 {
    *last -= 1;
    while recorded.iter().any(|row| row.version == *last) {
        *last -= 1;
    }
    *last
}

impl Plan {
    /// Whether there is nothing to do.
    pub(crate) fn is_done(&self) -> bool {
        self.pending.is_empty() && self.repeats.is_empty()
    }

    /// All that is to be applied, in order.
    pub(crate) fn to_apply(&self) -> impl Iterator<Item = &'static Migration> {
        let repeats = self.repeats.iter().map(|repeat| repeat.migration);
        self.pending.iter().map(|pending| pending.migration).chain(repeats)
    }

    /// Migrations above the target stay pending, and then so do repeatable objects, which may need them.
    pub(crate) fn up_to(mut self, target: Option<i64>) -> Self {
        let Some(target) = target else { return self };
        let all = self.pending.len();
        self.pending.retain(|pending| pending.migration.version() <= target);
        if self.pending.len() < all {
            self.repeats.clear();
        }
        self
    }

    fn add(&mut self, migration: &'static Migration, standing: Standing) {
        match standing {
            Standing::Pending => self.pending.push(Pending { migration, begun: None }),
            Standing::Begun(journal) => {
                self.pending.push(Pending { migration, begun: Some(journal) });
            }
            Standing::Accepted { name, checksum } => {
                self.skipped.push(migration);
                self.renamed.extend(name.map(|name| (migration, name)));
                self.older_texts.extend(checksum.map(|checksum| (migration, checksum)));
            }
            _ => self.skipped.push(migration),
        }
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
