//! Whether the service can be sent requests: its schema is current, and its database answers.

use std::sync::{Mutex, MutexGuard, PoisonError};

use migrations_runtime::{Error, Runner, Status};

use crate::database::Pool;
use crate::logging::Changes;
use crate::now::{Doing, Now};
use crate::trouble::Trouble;

pub(crate) struct Readiness {
    runner: Runner,
    /// Of its own, so that requests do not keep it from answering.
    pool: Pool,
    start: Mutex<Start>,
    now: Now,
    problems: Changes,
}

/// How far the start has got.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Start {
    Migrating,
    Done,
    Failed(Trouble),
}

impl Readiness {
    pub(crate) fn new(runner: Runner, pool: Pool, now: Now) -> Self {
        let (start, problems) = (Mutex::new(Start::Migrating), Changes::default());
        Self { runner, pool, start, now, problems }
    }

    pub(crate) fn set(&self, start: Start) {
        *self.lock() = start;
        self.now.end();
    }

    /// What this process applies.
    pub(crate) fn doing(&self) -> Option<Doing> {
        self.now.doing()
    }

    pub(crate) fn start(&self) -> Start {
        self.lock().clone()
    }

    /// Whether requests can be answered; else why not, which is for everybody to read.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        match self.start() {
            Start::Migrating => return Err("the database is being migrated"),
            Start::Failed(_) => return Err("the migrations have failed"),
            Start::Done => {}
        }
        match self.logged(self.runner.is_current(&self.pool)) {
            Ok(true) => Ok(()),
            Ok(false) => Err("migrations are pending"),
            Err(error) if error.is_refused() => Err("the history of migrations does not fit"),
            Err(error) if error.is_pool() => Err("the database cannot be reached"),
            Err(_) => Err("the database cannot be asked"),
        }
    }

    /// What is applied and pending; else why that is not known, which is for everybody to read.
    pub(crate) fn status(&self) -> Result<Status, Trouble> {
        self.logged(self.runner.status(&self.pool)).map_err(|error| Trouble::of(&error))
    }

    /// The names of the files that are embedded, for when the database cannot be asked.
    pub(crate) fn embedded(&self) -> impl Iterator<Item = &'static str> {
        let migrations = self.runner.migrations();
        migrations
            .iter()
            .chain(migrations.repeatables())
            .map(migrations_runtime::Migration::file_name)
    }

    /// Visitors are told little of an error; here is the rest, once for all of them.
    fn logged<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        match &result {
            Ok(_) => self.problems.forget(),
            Err(error) => {
                self.problems.warn(format!("Failed to look at the migrations: {error}"));
            }
        }
        result
    }

    fn lock(&self) -> MutexGuard<'_, Start> {
        self.start.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
