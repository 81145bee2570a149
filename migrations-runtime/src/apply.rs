//! Sends a migration that runs in a transaction, as one message if it has no data to send: its history
//! row, its SQL, the row's completion and COMMIT,
//! and the transaction and the lock for the next one.

use std::time::{Duration, Instant};

use crate::baseline::Baseline;
use crate::cause::Cause;
use crate::context::Context;
use crate::failure::Left;
use crate::here::Here;
use crate::history::is_finished;
use crate::lock::{begin_sql, is_locked, try_sql};
use crate::message::{Message, Refused};
use crate::migration::Migration;
use crate::options::milliseconds;
use crate::parts::parts;
use crate::session::Session;
use crate::transaction::{Status, TransactionId, id_sql};
use crate::watch::Watcher;

/// What is the same for all migrations of a run that holds the lock.
pub(crate) struct Apply<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) here: &'a Here,
    pub(crate) baseline: &'a Baseline,
    pub(crate) watcher: &'a Watcher<'a>,
}

/// What follows a migration in its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    Lock,
    Release,
}

/// How it went.
pub(crate) enum Outcome {
    /// Committed; and the transaction that holds the lock for the next one.
    Applied { took: Duration, next: Option<TransactionId> },
    /// The migration failed, and what it left.
    Failed(Cause, Left),
    /// The session is over, before the answer came.
    Lost { took: Duration, error: postgres::Error },
}

/// What became of a migration's transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Applied,
    Left(Left),
}

impl Apply<'_> {
    pub(crate) fn send(
        &self,
        session: &mut Session,
        transaction: TransactionId,
        migration: &'static Migration,
        then: Then,
    ) -> Outcome {
        let message = self.message(transaction, migration, then);
        let started = Instant::now();
        session.will_run_files();
        // The completion raises an error where it completes nothing.
        let Refused { error, sent } = match message.send(session) {
            Ok(rows) => {
                let next = TransactionId::read(&rows).filter(|_| is_locked(&rows));
                return Outcome::Applied { took: started.elapsed(), next };
            }
            Err(refused) => refused,
        };
        let took = started.elapsed();
        if session.has_told(&error) {
            // What had not been committed is rolled back with the connection.
            let cause = Cause::new(error, &sent, &self.here.table);
            return Outcome::Failed(cause.or_at(migration.sql(), &sent.part.sql), Left::Nothing);
        }
        if session.is_lost() {
            return Outcome::Lost { took, error };
        }
        match self.fate(session, transaction, migration) {
            None => Outcome::Lost { took, error },
            // The error came after COMMIT; what is wrong there will show again.
            Some(Fate::Applied) => Outcome::Applied { took, next: None },
            Some(Fate::Left(left)) => {
                Outcome::Failed(Cause::new(error, &sent, &self.here.table), left)
            }
        }
    }

    /// Asks what became of the transaction: the server tells of an error, not of what had been
    /// committed before it; and a row may be somebody else's.
    pub(crate) fn fate(
        &self,
        session: &mut Session,
        transaction: TransactionId,
        migration: &Migration,
    ) -> Option<Fate> {
        let (begin, ask) = (begin_sql(self.context.options), transaction.status_sql());
        let rows = session.begin_anew(&format!("{begin}; {ask}")).ok()?;
        Some(match Status::read(&rows) {
            Status::Aborted => Fate::Left(Left::Nothing),
            Status::Open => Fate::Left(Left::Unknown),
            Status::Committed => {
                match is_finished(session.query(&self.here.table.row_sql(migration))) {
                    Ok(true) => Fate::Applied,
                    Ok(false) => Fate::Left(Left::Part),
                    Err(_) => Fate::Left(Left::Unknown),
                }
            }
        })
    }

    fn message(
        &self,
        transaction: TransactionId,
        migration: &'static Migration,
        then: Then,
    ) -> Message<'static> {
        Message {
            file: migration.sql(),
            prefix: self.prefix(migration),
            parts: parts(migration),
            suffix: self.suffix(transaction, migration, then),
            counts_bytes: self.baseline.counts_bytes,
        }
    }

    /// The row is written under our own `lock_timeout`, the file runs under its own. The comment is
    /// for those who look at `pg_stat_activity`, among them our own waiters.
    fn prefix(&self, migration: &Migration) -> String {
        let Context { options, migrations, .. } = self.context;
        let lock_timeout = milliseconds(options.lock_timeout_of(migration));
        let statement_timeout = options.statement_timeout_of(migration);
        let statement_timeout = statement_timeout.map_or(String::new(), |timeout| {
            format!(" SET LOCAL statement_timeout = {};", milliseconds(timeout))
        });
        let insert = self.here.table.insert_sql(migration, migrations.application());
        format!(
            "/* applying {} */ {insert}; SET LOCAL lock_timeout = {lock_timeout};{statement_timeout}\n",
            migration.file_name()
        )
    }

    /// It begins with a line feed and a semicolon: the file may end in a comment, or in a statement
    /// without one. It ends in a transaction in either case, see [`Session`].
    fn suffix(&self, transaction: TransactionId, migration: &Migration, then: Then) -> String {
        let options = self.context.options;
        let identity = self.baseline.restore_identity_sql();
        let search_path = self.baseline.restore_search_path_sql();
        let is_current_schema = options.history.schema.is_none();
        let complete = self.here.table.complete_sql(migration, transaction, is_current_schema);
        let begin = begin_sql(options);
        let next = match then {
            Then::Release => begin,
            Then::Lock => {
                let settings = self.baseline.restore_settings_sql();
                format!("{settings}; {begin}; {}; {}", try_sql(self.here.key), id_sql())
            }
        };
        format!("\n;{identity}; {search_path}; {complete}; COMMIT; {next}")
    }
}
