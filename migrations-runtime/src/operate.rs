use std::time::Duration;

use postgres::Client;
use r2d2::{ManageConnection, Pool};

use crate::adopt;
use crate::dry_run::{self, DryRun};
use crate::error::Error;
use crate::inspect;
use crate::lock::Holder;
use crate::migration::Migration;
use crate::recorded::Recorded;
use crate::repair::{self, Repaired};
use crate::report::Report;
use crate::resolve::{Resolve, resolve};
use crate::revert::{self, Revert};
use crate::runner::Runner;
use crate::status::Status;
use crate::unlock;

/// What is to be done besides applying: each under the same lock as a run where it changes anything,
/// and without any where it only looks.
impl Runner {
    /// Whether nothing is pending: in one round trip, unless something is tolerated that a run would
    /// report. For a readiness probe.
    ///
    /// # Errors
    ///
    /// No connection, and a history that a run would refuse.
    pub fn is_current<M>(&self, pool: &Pool<M>) -> Result<bool, Error>
    where
        M: ManageConnection<Connection = Client>,
    {
        self.with_context(pool, inspect::is_current)
    }

    /// What is embedded and what is recorded, side by side, and who migrates just now.
    ///
    /// It changes nothing, creates nothing and takes no lock; the right to `SELECT` is enough. What a
    /// run would refuse is no error here: it is in [`Status::problems`]. A [`target`](Self::target) makes
    /// no difference: what is above it is pending.
    ///
    /// # Errors
    ///
    /// No connection, or a history that cannot be read.
    pub fn status<M>(&self, pool: &Pool<M>) -> Result<Status, Error>
    where
        M: ManageConnection<Connection = Client>,
    {
        self.with_context(pool, inspect::status)
    }

    /// What a run would apply now, in order. It changes nothing, as [`status`](Self::status) does not.
    ///
    /// # Errors
    ///
    /// No connection; a history that a run would refuse or that cannot be read.
    pub fn plan<M>(&self, pool: &Pool<M>) -> Result<Vec<&'static Migration>, Error>
    where
        M: ManageConnection<Connection = Client>,
    {
        self.with_context(pool, |context| Ok(inspect::planned(context)?.to_apply().collect()))
    }

    /// Compares what is applied with what is embedded: an error says all that differs. That something is
    /// pending is none. It changes nothing, as [`status`](Self::status) does not.
    ///
    /// # Errors
    ///
    /// No connection; a history that a run would refuse or that cannot be read; see
    /// [`Error::is_refused`].
    pub fn verify<M>(&self, pool: &Pool<M>) -> Result<Status, Error>
    where
        M: ManageConnection<Connection = Client>,
    {
        self.with_context(pool, |context| {
            inspect::planned(context)?;
            inspect::status(context)
        })
    }

    /// Waits until nothing is pending, and applies nothing: for an init container, or a process that
    /// must not migrate. A database that cannot be reached yet is waited for, too, which may pass the
    /// deadline by a second.
    ///
    /// # Errors
    ///
    /// The deadline has passed, see [`Error::is_not_current`]; or no connection until then. A history
    /// that a run would refuse is told at once.
    pub fn wait<M>(&self, pool: &Pool<M>, deadline: Duration) -> Result<(), Error>
    where
        M: ManageConnection<Connection = Client>,
    {
        self.with_context(pool, |context| inspect::wait(context, deadline))
    }

    /// What is recorded of this set, in the order in which it was applied. It changes nothing, as
    /// [`status`](Self::status) does not.
    ///
    /// # Errors
    ///
    /// No connection, or a history that cannot be read.
    pub fn history<M>(&self, pool: &Pool<M>) -> Result<Vec<Recorded>, Error>
    where
        M: ManageConnection<Connection = Client>,
    {
        self.with_context(pool, inspect::history)
    }

    /// Runs what is pending in one transaction, and rolls it back.
    ///
    /// It takes the locks that the migrations take, and holds them until it ends; sequences go on. A
    /// migration whose statements run one by one cannot be tried so: it is left out, and named, and an
    /// error of one behind it is none for sure, see [`DryRun::unclear`]. What is checked at `COMMIT` is
    /// checked at the end of each file. Hooks are not called.
    ///
    /// # Errors
    ///
    /// Those of a run, but for a migration that the server refuses: that is in [`DryRun::error`].
    pub fn dry_run<M>(&self, pool: &Pool<M>) -> Result<DryRun, Error>
    where
        M: ManageConnection<Connection = Client>,
    {
        self.with_context(pool, dry_run::dry_run)
    }

    /// What [`down`](Self::down) would revert, newest first. It changes nothing.
    ///
    /// # Errors
    ///
    /// As [`down`](Self::down).
    pub fn plan_down<M>(
        &self,
        pool: &Pool<M>,
        revert: Revert,
    ) -> Result<Vec<&'static Migration>, Error>
    where
        M: ManageConnection<Connection = Client>,
    {
        self.with_context(pool, |context| revert::planned(context, revert))
    }

    /// Reverts applied migrations by their down files, newest first, each together with the removal of
    /// its row in one transaction. Repeatable objects stay, and the next run applies all of them again.
    /// The role needs the right to `DELETE` from the history, which a run does not.
    ///
    /// # Errors
    ///
    /// One of the migrations has no down file, is not embedded or is not finished: then nothing is
    /// changed. Else those of a run; those that were reverted before an error stay so.
    pub fn down<M>(&self, pool: &Pool<M>, revert: Revert) -> Result<Report, Error>
    where
        M: ManageConnection<Connection = Client>,
    {
        self.with_context(pool, |context| revert::revert(context, revert))
    }

    /// Records the migrations up to this version as applied, without running them: for a database that
    /// has their objects already. Creates the history table. Returns what it has recorded, which is
    /// nothing if it was done before.
    ///
    /// # Errors
    ///
    /// The version is not embedded; something else of the set is recorded already; and what can happen
    /// to any run.
    pub fn baseline<M>(
        &self,
        pool: &Pool<M>,
        version: i64,
    ) -> Result<Vec<&'static Migration>, Error>
    where
        M: ManageConnection<Connection = Client>,
    {
        self.with_context(pool, |context| adopt::adopt(context, version))
    }

    /// Says what was found out about a migration that a run refuses to go on with, because no
    /// catalog tells what became of it; see [`Error::needs_resolve`].
    ///
    /// Where a statement outside of a transaction is in doubt, it is about that statement; where a
    /// file has ended its transaction by itself, about the whole migration. It changes the history
    /// only, under the lock, and waits as a run does.
    ///
    /// # Errors
    ///
    /// Nothing of this version is in doubt; and what can happen to any run: see [`Runner::run`].
    pub fn resolve<M>(&self, version: i64, how: Resolve, pool: &Pool<M>) -> Result<(), Error>
    where
        M: ManageConnection<Connection = Client>,
    {
        self.with_context(pool, |context| resolve(context, version, how))
    }

    /// Brings the history in line with what a run tolerates and reports: rows of older texts that their
    /// files accept get the embedded checksum, rows of renamed files the new name, and those of
    /// repeatable objects whose files are gone are removed. After that, a start takes one round trip
    /// again. It runs no file.
    ///
    /// # Errors
    ///
    /// A history that a run would refuse, which it does not repair; and what can happen to any run.
    pub fn repair<M>(&self, pool: &Pool<M>) -> Result<Repaired, Error>
    where
        M: ManageConnection<Connection = Client>,
    {
        self.with_context(pool, repair::repair)
    }

    /// Who holds the lock of the history just now. It changes nothing.
    ///
    /// # Errors
    ///
    /// No connection.
    pub fn lock_holder<M>(&self, pool: &Pool<M>) -> Result<Option<Holder>, Error>
    where
        M: ManageConnection<Connection = Client>,
    {
        self.with_context(pool, inspect::lock_holder)
    }

    /// Ends the session that holds the lock, and returns whose it was; nothing if nobody holds it. What
    /// that session had not committed is rolled back.
    ///
    /// # Errors
    ///
    /// No connection; or the role may not end that session: it takes the same role, membership in
    /// `pg_signal_backend`, or a superuser.
    pub fn terminate_lock_holder<M>(&self, pool: &Pool<M>) -> Result<Option<Holder>, Error>
    where
        M: ManageConnection<Connection = Client>,
    {
        self.with_context(pool, unlock::terminate)
    }
}
