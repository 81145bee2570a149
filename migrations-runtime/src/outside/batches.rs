//! A statement that limits itself, repeated and committed each time, until it changes no row.

use std::time::Instant;

use super::joint::Tried;
use super::{Current, Halt, Outside};
use crate::cause::Sent;
use crate::failure::LeftOfStatement;
use crate::message::Refused;
use crate::parts::Part;
use crate::progress::{INTERVAL, LOG_INTERVAL, Progress};
use crate::report::Found;
use crate::retries::Retries;
use crate::session::Session;

impl Outside<'_, '_> {
    pub(super) fn batches(&mut self, current: &Current) -> Result<(), Halt> {
        self.found(current.index + 1, Found::NotBegun);
        loop {
            let began = Instant::now();
            let rows = self.batch(current)?;
            self.rows += rows;
            if rows == 0 {
                return Ok(());
            }
            self.tell_rows();
            let batch = self.migration.batch().unwrap_or_default();
            self.run.context.options.stop.pause(batch.pause_after(rows, began.elapsed()));
            self.keep_lock(LeftOfStatement::Nothing)?;
        }
    }

    /// What is told of long statements, told of many short ones.
    fn tell_rows(&mut self) {
        if self.told.elapsed() < INTERVAL {
            return;
        }
        self.told = Instant::now();
        let shall_log = self.logged.elapsed() >= LOG_INTERVAL;
        if shall_log {
            self.logged = self.told;
        }
        let (elapsed, rows) = (self.began.elapsed(), self.rows);
        let progress = Progress::of_batches(self.migration, elapsed, rows);
        self.run.context.observers.progress(&progress, shall_log);
    }

    /// Commits one batch with the number of its rows, or the last one, of none, as done.
    fn batch(&mut self, current: &Current) -> Result<u64, Halt> {
        loop {
            let rows = self.change(current)?;
            let Tried::Committed(rows) = rows else { continue };
            let entry = self.entry();
            let write = match rows {
                0 => entry.done_sql(current.index, false),
                rows => entry.rows_sql(rows),
            };
            let identity = self.identity();
            let committed = self.session.end(&format!("{identity}; {write}; COMMIT"));
            let committed = committed.map(|_| rows).map_err(|error| self.not_of_file(error));
            if let Tried::Committed(rows) = self.tried(current, committed)? {
                self.run.retries = Retries::none();
                return Ok(rows);
            }
        }
    }

    /// Changes the rows of a batch, in a transaction that stays open.
    fn change(&mut self, current: &Current) -> Result<Tried<u64>, Halt> {
        let message = self.in_transaction(current, &self.entry().rows_sql(0), "");
        let text = [&message.prefix, current.statement.text()].concat();
        let count = |session: &mut Session| session.count(&text);
        let counted = self.watched(self.subject(current), count);
        let sent = Sent {
            prefix: &message.prefix,
            file: message.file,
            part: current.part.clone(),
            suffix: "",
            in_bytes: message.counts_bytes,
        };
        self.tried(current, counted.map_err(|error| Refused { error, sent }))
    }

    /// An error of what stands behind the statement: a constraint that is checked at COMMIT.
    fn not_of_file(&self, error: postgres::Error) -> Refused<'static> {
        let (file, in_bytes) = (self.migration.sql(), self.baseline.counts_bytes);
        let part = Part { sql: 0..0, data: None };
        Refused { error, sent: Sent { prefix: "", file, part, suffix: "", in_bytes } }
    }
}
