//! Sends a migration that runs in a transaction, as one message if it has no data to send: its history
//! row, its SQL, the row's completion and COMMIT,
//! and the transaction and the lock for the next one.

use std::time::{Duration, Instant};

use postgres::SimpleQueryRow;

use crate::baseline::Baseline;
use crate::cause::Cause;
use crate::context::Context;
use crate::failure::Left;
use crate::held::take_sql;
use crate::here::Here;
use crate::history::is_finished;
use crate::hooks::{BEFORE, Objection, Standing};
use crate::lock::{begin_sql, is_locked, own_settings_sql};
use crate::message::{Message, Refused};
use crate::options::milliseconds;
use crate::parts::parts;
use crate::session::Session;
use crate::task::{Act, Task};
use crate::transaction::{Status, TransactionId};
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
    /// COMMIT, and the transaction and the lock for the next file.
    Lock,
    /// COMMIT, and a transaction without the lock.
    Release,
    /// The same transaction.
    Stay,
}

/// A file with more bytes is sent by itself: together with SQL of ours it would stand in memory twice.
const LARGE: usize = 1 << 20;

/// How a file is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sending {
    pub(crate) transaction: TransactionId,
    pub(crate) task: Task,
    pub(crate) then: Then,
    pub(crate) standing: Standing,
}

/// Why an exchange has ended early.
enum Stopped<'a> {
    Refused(Refused<'a>),
    Objected(Objection),
}

impl<'a> From<Refused<'a>> for Stopped<'a> {
    fn from(refused: Refused<'a>) -> Self {
        Self::Refused(refused)
    }
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
    pub(crate) fn send(&self, session: &mut Session, sending: Sending) -> Outcome {
        let messages = self.messages(sending);
        let started = Instant::now();
        session.will_run_files();
        // The completion raises an error where it completes nothing.
        let stopped = match self.exchange(session, &messages, sending) {
            Ok(rows) => {
                let next = TransactionId::read(&rows).filter(|_| is_locked(&rows));
                return Outcome::Applied { took: started.elapsed(), next };
            }
            Err(stopped) => stopped,
        };
        let took = started.elapsed();
        match stopped {
            Stopped::Refused(refused) => self.refused(session, sending, refused, took),
            Stopped::Objected(objection) => {
                let left = match self.fate(session, sending) {
                    Some(Fate::Left(left)) => left,
                    _ if session.is_lost() => Left::Nothing,
                    _ => Left::Unknown,
                };
                Outcome::Failed(Cause::Objected(objection), left)
            }
        }
    }

    fn refused(
        &self,
        session: &mut Session,
        sending: Sending,
        Refused { error, sent }: Refused<'_>,
        took: Duration,
    ) -> Outcome {
        if session.has_told(&error) {
            // What had not been committed is rolled back with the connection.
            let cause = Cause::new(error, &sent, &self.here.table);
            let file = sending.task.file;
            return Outcome::Failed(cause.or_at(file.sql(), &sent.part.sql), Left::Nothing);
        }
        if session.is_lost() {
            return Outcome::Lost { took, error };
        }
        match self.fate(session, sending) {
            None => Outcome::Lost { took, error },
            // The error came after COMMIT; what is wrong there will show again.
            Some(Fate::Applied) => Outcome::Applied { took, next: None },
            Some(Fate::Left(left)) => {
                Outcome::Failed(Cause::new(error, &sent, &self.here.table), left)
            }
        }
    }

    /// Sends one message, or three with what hooks there are in between.
    fn exchange<'m>(
        &self,
        session: &mut Session,
        messages: &'m [Message<'static>],
        sending: Sending,
    ) -> Result<Vec<SimpleQueryRow>, Stopped<'m>> {
        let (hooks, Sending { task, standing, .. }) = (&self.context.options.hooks, sending);
        match messages {
            [before, file, behind] => {
                before.send(session)?;
                let client = session.client();
                hooks.before(client, task.file, standing).map_err(Stopped::Objected)?;
                let transaction = sending.transaction;
                Objection::unless_in(session, transaction, BEFORE).map_err(Stopped::Objected)?;
                file.send(session)?;
                let client = session.client();
                hooks.after(client, task.file, standing).map_err(Stopped::Objected)?;
                Ok(behind.send(session)?)
            }
            messages => {
                let mut rows = Vec::new();
                for message in messages {
                    rows = message.send(session)?;
                }
                Ok(rows)
            }
        }
    }

    /// Asks what became of the transaction: the server tells of an error, not of what had been
    /// committed before it; and a row may be somebody else's.
    pub(crate) fn fate(&self, session: &mut Session, sending: Sending) -> Option<Fate> {
        let Sending { transaction, task, .. } = sending;
        let (begin, ask) = (begin_sql(self.context.options), transaction.status_sql());
        let rows = session.begin_anew(&format!("{begin}; {ask}")).ok()?;
        Some(match Status::read(&rows) {
            Status::Aborted => Fate::Left(Left::Nothing),
            Status::Open => Fate::Left(Left::Unknown),
            Status::Committed => {
                match is_finished(session.query(&self.here.table.row_sql(task.row))) {
                    Ok(row) if task.is_done(row) => Fate::Applied,
                    // Whatever a file commits by itself, its row is part of. Where there is none, the
                    // number is another's: a server that has crashed gives numbers anew.
                    Ok(None) if task.act == Act::Record => Fate::Left(Left::Nothing),
                    Ok(_) => Fate::Left(Left::Part),
                    Err(_) => Fate::Left(Left::Unknown),
                }
            }
        })
    }

    fn messages(&self, sending: Sending) -> Vec<Message<'static>> {
        let file = sending.task.file;
        let message = Message {
            file: file.sql(),
            prefix: self.prefix(&sending.task),
            parts: parts(file),
            suffix: self.suffix(sending),
            counts_bytes: self.baseline.counts_bytes,
        };
        let is_alone = file.sql().len() > LARGE || !self.context.options.hooks.are_none();
        if is_alone { message.apart().into() } else { vec![message] }
    }

    /// The row is written under our own `lock_timeout`, the file runs under its own. The comment is
    /// for those who look at `pg_stat_activity`, among them our own waiters.
    fn prefix(&self, task: &Task) -> String {
        let Context { options, migrations, .. } = self.context;
        let file = task.file;
        let lock_timeout = milliseconds(options.lock_timeout_of(file));
        let statement_timeout = options.statement_timeout_of(file);
        let statement_timeout = statement_timeout.map_or(String::new(), |timeout| {
            format!(" SET LOCAL statement_timeout = {};", milliseconds(timeout))
        });
        let begin = self.here.table.begin_sql(task, migrations.application());
        format!(
            "/* applying {} */ {begin}; SET LOCAL lock_timeout = {lock_timeout};{statement_timeout}\n",
            file.file_name()
        )
    }

    /// It begins with a line feed and a semicolon: the file may end in a comment, or in a statement
    /// without one. It ends in a transaction in either case, see [`Session`].
    fn suffix(&self, Sending { transaction, task, then, .. }: Sending) -> String {
        let options = self.context.options;
        let identity = self.baseline.restore_identity_sql(options);
        let search_path = self.baseline.restore_search_path_sql();
        let is_current_schema = options.history.schema.is_none();
        let complete = self.here.table.complete_sql(&task, transaction, is_current_schema);
        let settings = self.baseline.restore_settings_sql();
        let next = match then {
            Then::Release => format!("COMMIT; {}", begin_sql(options)),
            // There are settings that cannot be restored; that is no reason to take the file back.
            Then::Lock => {
                let take = take_sql(options, self.here.key);
                format!("COMMIT; BEGIN; {settings}; COMMIT; {take}")
            }
            Then::Stay => format!("{settings}; {}", own_settings_sql(options)),
        };
        format!("\n;{identity}; {search_path}; {complete}; {next}")
    }
}
