//! What errors say.

use std::error::Error as StdError;
use std::fmt::{self, Write as _};
use std::time::Duration;

use super::{Error, Inner, Kind};
use crate::failure::Names;
use crate::lock::Holder;
use crate::printable::Printable;
use crate::refusal::Refusal;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Printable(f), "{}", self.0)
    }
}

impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Option { name, problem } => write!(f, "the option `{name}` {problem}"),
            Kind::Stale(stale) => stale.fmt(f),
            Kind::Thread(error) => {
                write!(f, "cannot start a thread to run the migrations on: {error}")
            }
            Kind::Pool(error) => write!(
                f,
                "cannot get a connection from the pool to run the migrations on: {error}\n  = next: \
                 check that the server runs and accepts the pool's host, user, password and database; \
                 that other users of the pool give their connections back; and where the server demands \
                 TLS, that the pool's manager has a connector that trusts its certificate"
            ),
            Kind::Statement { doing, error } => write!(
                f,
                "cannot {doing}: {}\n  = next: correct what the server names, and start again",
                Server(error)
            ),
            Kind::History { problem, next, error } => {
                f.write_str(problem)?;
                if let Some(error) = error {
                    write!(f, ": {}", Server(error))?;
                }
                write!(f, "\n  = next: {next}")
            }
            Kind::Refused(refusals) => display_refusals(refusals, f),
            Kind::Deadline { waited, holder } => display_deadline(*waited, holder.as_ref(), f),
            Kind::StillRunning { waited, migration, holder } => write!(
                f,
                "waited for {waited:.1?} for what the server still does for an earlier run of {}: \
                 {holder}\n  = next: start again when it is done; if it hangs, end it with `SELECT \
                 pg_terminate_backend({})`",
                migration.path(),
                holder.pid
            ),
            Kind::NotCurrent { waited, pending, holder } => {
                let pending = Names(pending);
                write!(f, "waited for {waited:.1?}, but these are still pending: {pending}")?;
                match holder {
                    Some(holder) => write!(f, "\n  = migrates now: {holder}")?,
                    None => f.write_str("\n  = migrates now: nobody")?,
                }
                f.write_str("\n  = next: start what migrates, or wait longer")
            }
            Kind::Stopped => f.write_str(
                "stopped before all was applied, as the stop handle was told\n  = next: start again",
            ),
            Kind::NotEmbedded(version) => write!(
                f,
                "version {version} is not among the embedded migrations; nothing was changed\n  = next: \
                 name one that is"
            ),
            Kind::NothingToResolve { version, problem } => {
                write!(f, "cannot resolve version {version}: {problem}")
            }
            Kind::Migration(failure) => return failure.fmt(f),
        }?;
        let Some(last) = self.applied.last() else { return Ok(()) };
        let names: Vec<_> = self.applied.iter().map(|it| it.file_name()).collect();
        write!(f, "\n  = {} before it in this run: {}", last.kind().what_was_done(), Names(&names))
    }
}

fn display_refusals(refusals: &[Refusal], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("the applied migrations do not fit the embedded ones, nothing was changed:")?;
    refusals.iter().try_for_each(|refusal| write!(f, "\n{refusal}"))
}

fn display_deadline(
    waited: Duration,
    holder: Option<&Holder>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    write!(f, "waited for {waited:.1?} for the migrations of another process or thread, ")?;
    match holder {
        Some(holder) => write!(
            f,
            "which holds the lock: {holder}\n  = next: start again when it is done; if it hangs, end \
             it with `SELECT pg_terminate_backend({})`",
            holder.pid
        ),
        None => f.write_str(
            "which has just let go of the lock\n  = next: start again, or set a longer \
             `Runner::lock_deadline` (on the command line, `--lock-deadline`)",
        ),
    }
}

/// The server's message and SQLSTATE. `postgres::Error` says no more than "db error".
pub(crate) struct Server<'a>(pub(crate) &'a postgres::Error);

impl fmt::Display for Server<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_db_error() {
            Some(error) => write!(f, "{} (SQLSTATE {})", error.message(), error.code().code()),
            None => fmt_chain(self.0, f),
        }
    }
}

fn fmt_chain(error: &dyn StdError, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{error}")?;
    match error.source() {
        Some(source) => {
            f.write_str(": ")?;
            fmt_chain(source, f)
        }
        None => Ok(()),
    }
}
