//! What people have decided about a row.

use crate::history::Table;
use crate::sql::literal;

/// What people have decided about a migration that no run could go on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// As if it had not been begun.
    NotBegun,
    Applied,
    StatementNotBegun,
    /// So many statements are done, up to this checksum.
    StatementDone {
        statements: usize,
        checksum: String,
    },
}

impl Table {
    /// Writes the verdict down.
    pub(crate) fn verdict_sql(&self, version: i64, verdict: &Verdict) -> String {
        let (table, is_row) = (self.qualified(), self.is_row_of(version));
        let set = match verdict {
            Verdict::NotBegun => return format!("DELETE FROM {table} WHERE {is_row}"),
            Verdict::Applied => {
                "duration = pg_catalog.timestamptz_mi(pg_catalog.clock_timestamp(), applied_at)"
                    .into()
            }
            Verdict::StatementNotBegun => "in_flight = NULL".to_owned(),
            Verdict::StatementDone { statements, checksum } => format!(
                "in_flight = NULL, statements_done = {statements}, statements_checksum = {}",
                literal(checksum)
            ),
        };
        format!("UPDATE {table} SET {set} WHERE {is_row}")
    }
}
