use postgres::Client;
use r2d2::{ManageConnection, Pool};

use crate::error::Error;
use crate::report::Report;
use crate::runner::Runner;
use crate::status::Status;

/// Several sets of migrations of one binary, in an order: those of a library that embeds its own, and
/// then those of the application.
///
/// Each has a history of its own, by its [name](Runner::set_name), its table or its schema. They are
/// applied one set after the other; a set that fails keeps those behind it from being applied.
///
/// ```no_run
/// # use migrations_runtime::{Migrations, Sets, embed_migrations};
/// # static BILLING: Migrations = embed_migrations!();
/// # static MIGRATIONS: Migrations = embed_migrations!();
/// # fn run(pool: &r2d2::Pool<r2d2_postgres::PostgresConnectionManager<postgres::NoTls>>) -> Result<(), migrations_runtime::Error> {
/// let sets = Sets::new().then(BILLING.runner().set_name("billing")).then(MIGRATIONS.runner());
/// sets.run_once(pool)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "sets do nothing until they are run"]
pub struct Sets(Vec<Runner>);

impl Sets {
    /// No set.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a set behind those that are there.
    pub fn then(mut self, runner: Runner) -> Self {
        self.0.push(runner);
        self
    }

    /// The sets, in order.
    pub fn runners(&self) -> &[Runner] {
        &self.0
    }

    /// Applies what is pending, one set after the other, and asks the database each time. Returns a
    /// report for each set.
    ///
    /// # Errors
    ///
    /// Two sets have the same history; else as [`Runner::run`], of the first set that fails.
    pub fn run<M>(&self, pool: &Pool<M>) -> Result<Vec<Report>, Error>
    where
        M: ManageConnection<Connection = Client>,
    {
        self.each(|runner| runner.run(pool))
    }

    /// Applies what is pending once in this process, as [`Runner::run_once`] does for each set.
    ///
    /// # Errors
    ///
    /// See [`run`](Self::run).
    pub fn run_once<M>(&self, pool: &Pool<M>) -> Result<Vec<Report>, Error>
    where
        M: ManageConnection<Connection = Client>,
    {
        self.each(|runner| runner.run_once(pool))
    }

    /// The status of each set, see [`Runner::status`].
    ///
    /// # Errors
    ///
    /// See [`Runner::status`].
    pub fn status<M>(&self, pool: &Pool<M>) -> Result<Vec<Status>, Error>
    where
        M: ManageConnection<Connection = Client>,
    {
        self.each(|runner| runner.status(pool))
    }

    /// Whether nothing is pending in any set, in one round trip for each; see [`Runner::is_current`].
    ///
    /// # Errors
    ///
    /// See [`Runner::is_current`].
    pub fn is_current<M>(&self, pool: &Pool<M>) -> Result<bool, Error>
    where
        M: ManageConnection<Connection = Client>,
    {
        self.each(|runner| runner.is_current(pool)).map(|sets| sets.into_iter().all(|it| it))
    }

    fn each<T>(&self, work: impl FnMut(&Runner) -> Result<T, Error>) -> Result<Vec<T>, Error> {
        self.check()?;
        self.0.iter().map(work).collect()
    }

    /// Two sets with one history would each take the other's rows for its own.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let places: Vec<_> = self.0.iter().map(Runner::history_place).collect();
        let is_twice = |(index, place)| places[..index].contains(place);
        if places.iter().enumerate().any(is_twice) {
            return Err(Error::option("set_name", "is the same for two sets of one history table"));
        }
        Ok(())
    }
}

impl From<Runner> for Sets {
    fn from(runner: Runner) -> Self {
        Self(vec![runner])
    }
}

impl From<&Runner> for Sets {
    fn from(runner: &Runner) -> Self {
        Self(vec![runner.clone()])
    }
}

impl From<&Self> for Sets {
    fn from(sets: &Self) -> Self {
        sets.clone()
    }
}
