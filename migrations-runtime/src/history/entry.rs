//! The row of a migration whose statements run one by one: what is done, and what may be running.

use crate::history::Table;
use crate::journal::{Before, InFlight, Journal, Worker};
use crate::migration::{Checksum, Migration};
use crate::sql::literal;

/// The row of such a migration, as one worker writes it.
///
/// Each write names what it expects of the row, and raises an error where it is otherwise: then
/// another runner has taken over, and this one has no business any more.
pub(crate) struct Entry<'a> {
    pub(crate) table: &'a Table,
    pub(crate) migration: &'static Migration,
    pub(crate) application: &'a str,
    pub(crate) worker: &'a Worker,
}

impl Entry<'_> {
    /// Writes the row of a migration that begins.
    pub(crate) fn begin_sql(&self) -> String {
        let migration = self.migration;
        let rows = if migration.batch().is_some() { "0" } else { "NULL" };
        format!(
            "INSERT INTO {} (set_name, version, name, checksum, applied_at, applied_by, application, \
             statements_done, worker, rows_done) \
             VALUES ({}, {}, {}, {}, pg_catalog.statement_timestamp(), current_user, {}, 0, {}, {rows})",
            self.table.qualified(),
            literal(&self.table.set_name),
            migration.version(),
            literal(migration.name()),
            literal(&migration.checksum().to_string()),
            literal(self.application),
            literal(&self.worker.write()),
        )
    }

    /// Takes the row over from a worker that is gone.
    pub(crate) fn take_over_sql(&self, found: &Journal) -> String {
        let migration = self.migration;
        let set = format!(
            "name = {}, checksum = {}, applied_at = pg_catalog.statement_timestamp(), \
             applied_by = current_user, application = {}, worker = {}",
            literal(migration.name()),
            literal(&migration.checksum().to_string()),
            literal(self.application),
            literal(&self.worker.write()),
        );
        self.update(&set, found.worker.as_ref(), found.done, found.in_flight.is_some())
    }

    /// Says that a statement is done, in its own transaction or, where it `was_in_flight`, after it.
    pub(crate) fn done_sql(&self, index: usize, was_in_flight: bool) -> String {
        let set = format!(
            "statements_done = {}, statements_checksum = {}, in_flight = NULL",
            index + 1,
            literal(&self.checksum(index).to_string()),
        );
        self.expect(&set, index, was_in_flight)
    }

    /// Says that a statement may be running, before it does.
    pub(crate) fn in_flight_sql(
        &self,
        index: usize,
        was_in_flight: bool,
        before: &Before,
    ) -> String {
        let in_flight = InFlight::write(&self.checksum(index), before);
        let set = format!("in_flight = {}", literal(&in_flight));
        self.expect(&set, index, was_in_flight)
    }

    /// Says that a statement has failed and left nothing.
    pub(crate) fn not_in_flight_sql(&self, index: usize) -> String {
        self.expect("in_flight = NULL", index, true)
    }

    /// Counts the rows of a batch, in its transaction; without any, only makes sure of the row.
    pub(crate) fn rows_sql(&self, rows: u64) -> String {
        let set = format!("rows_done = rows_done OPERATOR(pg_catalog.+) {rows}::pg_catalog.int8");
        self.expect(&set, 0, false)
    }

    /// Says that all is done.
    pub(crate) fn finish_sql(&self) -> String {
        let set = "duration = pg_catalog.timestamptz_mi(pg_catalog.clock_timestamp(), applied_at)";
        self.expect(set, self.migration.steps().len(), false)
    }

    fn checksum(&self, index: usize) -> Checksum {
        let step = self.migration.steps().get(index);
        step.map_or(self.migration.checksum(), |step| Checksum::new(step.checksum))
    }

    fn expect(&self, set: &str, done: usize, in_flight: bool) -> String {
        self.update(set, Some(self.worker), done, in_flight)
    }

    fn update(&self, set: &str, worker: Option<&Worker>, done: usize, in_flight: bool) -> String {
        let worker = worker.map_or("worker IS NULL".into(), |worker| {
            format!("worker OPERATOR(pg_catalog.=) {}", literal(&worker.write()))
        });
        let in_flight = if in_flight { "IS NOT NULL" } else { "IS NULL" };
        format!(
            "WITH updated AS (UPDATE {} SET {set} WHERE {} AND duration IS NULL AND {worker} \
             AND statements_done OPERATOR(pg_catalog.=) {done} AND in_flight {in_flight} \
             RETURNING version) SELECT (CASE WHEN EXISTS (SELECT FROM updated) THEN '1' \
             ELSE {} END)::pg_catalog.int8",
            self.table.qualified(),
            self.table.is_row_of(self.migration.version()),
            literal(TAKEN_OVER),
        )
    }
}

/// What the server quotes when it raises the error of a write that found another row than expected.
pub(crate) const TAKEN_OVER: &str = "migrations_runtime: another runner has taken over";
