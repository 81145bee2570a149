use std::sync::Arc;
use std::time::{Duration, Instant};

use postgres::Client;
use r2d2::{ManageConnection, Pool};

use crate::context::Context;
use crate::error::Error;
use crate::fresh::{NotFresh, compare};
use crate::history::History;
use crate::hooks::HookError;
use crate::migration::Migration;
use crate::migrations::Migrations;
use crate::observer::{Observer, Observers, TARGET};
use crate::options::Options;
use crate::report::Report;
use crate::run::run;
use crate::session::Connections;
use crate::standing::OutOfOrder;
use crate::stop::StopHandle;
use crate::worker::on_own_thread;

/// Options for a run of [`Migrations`], and the run.
#[derive(Clone, Debug)]
#[must_use = "a runner does nothing until it is run"]
pub struct Runner {
    migrations: Migrations,
    options: Options,
    observers: Observers,
}

impl Runner {
    pub(crate) fn new(migrations: Migrations) -> Self {
        Self { migrations, options: Options::default(), observers: Observers::default() }
    }

    /// The schema of the history table. It is created if it does not exist.
    ///
    /// Defaults to the schema that `current_schema()` names in the pool's sessions: the first of
    /// `search_path` that exists, usually `public`.
    pub fn history_schema(mut self, schema: impl Into<String>) -> Self {
        self.options.history.schema = Some(schema.into());
        self
    }

    /// The name of the history table, which is created if it does not exist.
    ///
    /// Defaults to `embedded_migrations`.
    pub fn history_table(mut self, table: impl Into<String>) -> Self {
        self.options.history.table = table.into();
        self
    }

    /// The name under which this set of migrations is recorded, so that two crates can keep theirs
    /// in one history table.
    ///
    /// Defaults to `default`.
    pub fn set_name(mut self, name: impl Into<String>) -> Self {
        self.options.history.set_name = name.into();
        self
    }

    /// The role that applies the migrations and owns what they create, the history included: the pool's
    /// role logs in, and takes this one on with `SET ROLE` for the run's own transactions.
    ///
    /// The login has to be a member of it; where it is not, the run refuses. Connections go back to the
    /// pool as the login that they were. A statement that cannot run in a transaction has the role set
    /// for its session while it runs, so that a pooler that hands out connections for one transaction
    /// each could give the role to others: there, let the login have it from the server, by
    /// `ALTER ROLE login SET role = 'owner'`.
    ///
    /// Defaults to the role that the pool's sessions have.
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.options.role = Some(role.into());
        self
    }

    /// How long to wait for the migrations of other processes.
    ///
    /// Defaults to 5 minutes. Zero is refused.
    pub fn lock_deadline(mut self, deadline: Duration) -> Self {
        self.options.lock_deadline = deadline;
        self
    }

    /// How long a statement of a migration may wait for the lock of a table or the like:
    /// PostgreSQL's `lock_timeout`, in whole milliseconds, rounded up; zero switches it off.
    ///
    /// Others queue behind a statement that waits for a lock, so a short timeout and a retry disturb
    /// a busy table less than a long wait. Defaults to 5 seconds. A file that begins with the
    /// directive `-- migrations: lock-timeout=2s` has its own.
    ///
    /// `CREATE`, `DROP` and `REINDEX INDEX CONCURRENTLY` make nobody wait who reads or writes, and to
    /// give up would throw away what they have built: only their file's own timeout holds for them.
    pub fn lock_timeout(mut self, timeout: Duration) -> Self {
        self.options.lock_timeout = timeout;
        self
    }

    /// How long a statement of a migration may take: PostgreSQL's `statement_timeout`, in whole
    /// milliseconds, rounded up; zero switches it off.
    ///
    /// Defaults to what the session has. A file that begins with the directive
    /// `-- migrations: statement-timeout=10min` has its own.
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.options.statement_timeout = Some(timeout);
        self
    }

    /// How often a migration, or a statement outside of a transaction, is tried again, after a pause
    /// that grows from 0.1 to 5 seconds, when it was rolled back by `lock_not_available` (55P03),
    /// `deadlock_detected` (40P01) or `serialization_failure` (40001).
    ///
    /// Defaults to 10.
    pub fn retries(mut self, retries: u32) -> Self {
        self.options.retries = retries;
        self
    }

    /// Applies pending migrations also when newer ones are applied already, as happens when two
    /// branches are merged out of order.
    ///
    /// By default they are refused.
    pub fn allow_out_of_order(mut self) -> Self {
        self.options.out_of_order = OutOfOrder::Apply;
        self
    }

    /// Applies migrations up to this version only. While newer ones are pending, repeatable objects are
    /// left alone, since they may need those.
    ///
    /// By default all are applied. A version that is not embedded is refused.
    pub fn target(mut self, version: i64) -> Self {
        self.options.target = Some(version);
        self
    }

    /// Applies each repeatable object in a transaction of its own, so that those before one that fails
    /// stay.
    ///
    /// By default one transaction holds all that have changed.
    pub fn repeatables_apart(mut self) -> Self {
        self.options.repeats_apart = true;
        self
    }

    /// Calls this in the transaction of the first file that a run applies or reverts, before it.
    ///
    /// A hook's error stops the run and rolls the transaction back, and with it what the hook has done
    /// there. It must not end the transaction, nor begin one. Where the transaction is tried again, the
    /// hook is called again. Of a migration whose statements run one by one, it is the transaction that
    /// writes its row. A [dry run](Self::dry_run) calls no hook. With hooks, each file takes two more
    /// round trips, besides what they do.
    pub fn before_run<F>(mut self, hook: F) -> Self
    where
        F: Fn(&mut Client) -> Result<(), HookError> + Send + Sync + 'static,
    {
        self.options.hooks.before_run = Some(Arc::new(hook));
        self
    }

    /// Calls this in the transaction of each file that a run applies or reverts, before it; see
    /// [`before_run`](Self::before_run).
    pub fn before_each<F>(mut self, hook: F) -> Self
    where
        F: Fn(&mut Client, &'static Migration) -> Result<(), HookError> + Send + Sync + 'static,
    {
        self.options.hooks.before_each = Some(Arc::new(hook));
        self
    }

    /// Calls this in the transaction of each file that a run applies or reverts, behind it; of a
    /// migration whose statements run one by one, in the one that completes its row. See
    /// [`before_run`](Self::before_run).
    pub fn after_each<F>(mut self, hook: F) -> Self
    where
        F: Fn(&mut Client, &'static Migration) -> Result<(), HookError> + Send + Sync + 'static,
    {
        self.options.hooks.after_each = Some(Arc::new(hook));
        self
    }

    /// Calls this in the transaction of the last file that a run applies or reverts, behind it; see
    /// [`before_run`](Self::before_run).
    ///
    /// ```no_run
    /// # use migrations_runtime::{Migrations, embed_migrations};
    /// # static MIGRATIONS: Migrations = embed_migrations!();
    /// # fn run(pool: &r2d2::Pool<r2d2_postgres::PostgresConnectionManager<postgres::NoTls>>) -> Result<(), migrations_runtime::Error> {
    /// MIGRATIONS
    ///     .runner()
    ///     .after_run(|client| Ok(client.batch_execute("NOTIFY schema_changed; ANALYZE bets")?))
    ///     .run_once(pool)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn after_run<F>(mut self, hook: F) -> Self
    where
        F: Fn(&mut Client) -> Result<(), HookError> + Send + Sync + 'static,
    {
        self.options.hooks.after_run = Some(Arc::new(hook));
        self
    }

    /// Is told of the progress.
    ///
    /// By default only the [`log`] facade is.
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observers = Observers(Some(Arc::new(observer)));
        self
    }

    /// Lets another thread stop the run: where it waits, it waits no longer; where the server works
    /// for it, that is cancelled and rolled back. It returns an error, see [`Error::is_stopped`].
    ///
    /// By default nothing stops a run.
    pub fn stop_handle(mut self, stop: StopHandle) -> Self {
        self.options.stop = stop;
        self
    }

    /// Applies what is pending, and asks the database each time.
    ///
    /// It works on a thread of its own and blocks the calling one, also inside of an async runtime.
    /// Threads that call at once for the same database wait for each other, and where the one that
    /// works fails, all get its failure. A connection on which migrations ran does not go back to
    /// the pool: its session is ended.
    ///
    /// # Errors
    ///
    /// An option that cannot work; in a build with debug assertions, a folder that has changed since
    /// (see [`Migrations::assert_fresh`]); no connection; a history that does not fit the embedded
    /// migrations (an applied file was edited or is missing, a pending one is older than an applied
    /// one) or cannot be read or written; the lock deadline; a migration that the server refuses.
    /// The message says what was found and what to do. Migrations that were committed before the
    /// error stay applied, and nothing else does.
    pub fn run<M>(&self, pool: &Pool<M>) -> Result<Report, Error>
    where
        M: ManageConnection<Connection = Client>,
    {
        self.run_on(pool)
    }

    /// Applies what is pending once in this process, as [`Migrations::run_once`] does.
    ///
    /// What is remembered is that of the [`Migrations`] and the history: the other options of later calls
    /// are not looked at.
    ///
    /// # Errors
    ///
    /// See [`Runner::run`].
    pub fn run_once<M>(&self, pool: &Pool<M>) -> Result<Report, Error>
    where
        M: ManageConnection<Connection = Client>,
    {
        self.migrations.gate().pass(&self.options.history, || self.run_on(pool))
    }

    /// The embedded migrations.
    #[must_use]
    pub fn migrations(&self) -> &Migrations {
        &self.migrations
    }

    /// The name under which the set is recorded.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.options.history.set_name
    }

    /// What tells its history from others: the schema, the table and the name of the set.
    pub(crate) fn history_place(&self) -> &History {
        &self.options.history
    }

    #[cfg(feature = "cli")]
    pub(crate) fn stop(&self) -> &StopHandle {
        &self.options.stop
    }

    /// Whether an observer is told of its progress.
    #[cfg(feature = "cli")]
    pub(crate) fn has_observer(&self) -> bool {
        self.observers.0.is_some()
    }

    fn check_target(&self) -> Result<(), Error> {
        let Some(target) = self.options.target else { return Ok(()) };
        let is_target = |migration: &Migration| migration.version() == target;
        let is_embedded = self.migrations.iter().any(is_target);
        if is_embedded { Ok(()) } else { Err(Error::not_embedded(target)) }
    }

    fn run_on(&self, connections: &dyn Connections) -> Result<Report, Error> {
        refuse_stale(&self.migrations)?;
        self.with_context(connections, run)
    }

    /// Works on a thread of its own.
    pub(crate) fn with_context<T: Send>(
        &self,
        connections: &dyn Connections,
        work: impl FnOnce(Context<'_>) -> Result<T, Error> + Send,
    ) -> Result<T, Error> {
        self.options.check()?;
        self.check_target()?;
        let context = Context {
            patience: None,
            connections,
            migrations: self.migrations,
            options: &self.options,
            observers: &self.observers,
            began: Instant::now(),
        };
        on_own_thread(|| work(context)).map_err(Error::thread)?
    }
}

/// A binary that was moved away from its folder has nothing to compare with.
fn refuse_stale(migrations: &Migrations) -> Result<(), Error> {
    match compare(migrations) {
        Err(NotFresh::Stale(stale)) => Err(Error::stale(stale)),
        Err(NotFresh::Unreadable { folder, error }) => {
            log::debug!(target: TARGET, "Not compared with the folder {folder}: {error}");
            Ok(())
        }
        Err(NotFresh::Unknown) | Ok(()) => Ok(()),
    }
}
