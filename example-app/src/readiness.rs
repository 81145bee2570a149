//! Whether the service can be sent requests: its schema is current, and its database answers.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use migrations_runtime::{Error, Runner, Status};

use crate::database::Pool;

/// A probe must be answered soon, also where the database is not.
const PATIENCE: Duration = Duration::from_secs(1);

pub(crate) struct Readiness {
    runner: Runner,
    start: Mutex<Start>,
}

/// How far the start has got.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Start {
    Migrating,
    Done,
    /// With what was said of it.
    Failed(String),
}

impl Readiness {
    pub(crate) fn new(runner: Runner) -> Self {
        Self { runner, start: Mutex::new(Start::Migrating) }
    }

    pub(crate) fn set(&self, start: Start) {
        *self.lock() = start;
    }

    pub(crate) fn start(&self) -> Start {
        self.lock().clone()
    }

    /// Whether requests can be answered; else why not, which is for everybody to read.
    pub(crate) fn check(&self, pool: &Pool) -> Result<(), &'static str> {
        match self.start() {
            Start::Migrating => return Err("the database is being migrated"),
            Start::Failed(_) => return Err("the migrations have failed"),
            Start::Done => {}
        }
        drop(pool.get_timeout(PATIENCE).map_err(|_| "the database cannot be reached")?);
        match self.runner.is_current(pool) {
            Ok(true) => Ok(()),
            Ok(false) => Err("migrations are pending"),
            Err(error) if error.is_refused() => Err("the history of migrations does not fit"),
            Err(_) => Err("the database cannot be asked"),
        }
    }

    pub(crate) fn status(&self, pool: &Pool) -> Result<Status, Error> {
        self.runner.status(pool)
    }

    /// The names of the files that are embedded, for when the database cannot be asked.
    pub(crate) fn embedded(&self) -> impl Iterator<Item = &'static str> {
        let migrations = self.runner.migrations();
        migrations
            .iter()
            .chain(migrations.repeatables())
            .map(migrations_runtime::Migration::file_name)
    }

    fn lock(&self) -> MutexGuard<'_, Start> {
        self.start.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
