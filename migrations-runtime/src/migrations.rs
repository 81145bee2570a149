use std::slice;

use postgres::Client;
use r2d2::{ManageConnection, Pool};

use crate::error::Error;
use crate::fresh::{Folder, compare};
use crate::migration::Migration;
use crate::once::Gate;
use crate::report::Report;
use crate::runner::Runner;

/// The migrations of a folder, embedded at build time by
/// [`embed_migrations!`](crate::embed_migrations).
///
/// It is plain static data: making it costs nothing at run time.
#[derive(Clone, Copy, Debug)]
pub struct Migrations {
    list: &'static [Migration],
    repeatables: &'static [Migration],
    digest: &'static str,
    application: &'static str,
    folder: Option<Folder>,
    gate: fn() -> &'static Gate,
}

impl Migrations {
    pub(crate) const fn new(
        list: &'static [Migration],
        repeatables: &'static [Migration],
        digest: &'static str,
        application: &'static str,
        folder: Option<Folder>,
        gate: fn() -> &'static Gate,
    ) -> Self {
        Self { list, repeatables, digest, application, folder, gate }
    }

    /// Applies what is pending, with the default options, and asks the database each time.
    ///
    /// Use it for a second database and in tests; a service uses [`run_once`](Self::run_once).
    /// It works on a thread of its own and blocks the calling one, also inside of an async runtime.
    ///
    /// # Errors
    ///
    /// See [`Runner::run`].
    pub fn run<M>(&self, pool: &Pool<M>) -> Result<Report, Error>
    where
        M: ManageConnection<Connection = Client>,
    {
        self.runner().run(pool)
    }

    /// Applies what is pending once in this process, with the default options.
    ///
    /// The first caller runs; others that call meanwhile wait for it, and all get the same outcome.
    /// A success is remembered: every later call returns it without asking the database, whatever
    /// pool it is given. After a failure the next call tries again.
    ///
    /// # Errors
    ///
    /// See [`Runner::run`].
    pub fn run_once<M>(&self, pool: &Pool<M>) -> Result<Report, Error>
    where
        M: ManageConnection<Connection = Client>,
    {
        self.runner().run_once(pool)
    }

    /// Options for a run.
    pub fn runner(&self) -> Runner {
        Runner::new(*self)
    }

    /// The migrations, by version.
    pub fn iter(&self) -> slice::Iter<'static, Migration> {
        self.list.iter()
    }

    /// The repeatable objects, in the order in which they are applied.
    pub fn repeatables(&self) -> slice::Iter<'static, Migration> {
        self.repeatables.iter()
    }

    /// Panics if the folder has changed since this binary was built. A `#[test]` of your own that
    /// calls it tells when cargo has not noticed an added file.
    ///
    /// ```no_run
    /// # use migrations_runtime::{Migrations, embed_migrations};
    /// # static MIGRATIONS: Migrations = embed_migrations!();
    /// MIGRATIONS.assert_fresh();
    /// ```
    ///
    /// It compares the names and the texts with those of the files on disk, and asks no database. In
    /// a build with debug assertions each run begins with the same comparison, if the folder is there.
    ///
    /// # Panics
    ///
    /// A file is in the folder but not in this binary, or in this binary but not in the folder, or
    /// has another text; the message names each. The folder cannot be read. This is a build without
    /// debug assertions, which does not know its folder.
    #[track_caller]
    pub fn assert_fresh(&self) {
        if let Err(problem) = compare(self) {
            panic!("{problem}");
        }
    }

    pub(crate) fn list(&self) -> &'static [Migration] {
        self.list
    }

    /// All that may run, down files included.
    pub(crate) fn files(&self) -> impl Iterator<Item = &'static Migration> + use<> {
        let list = self.list.iter().flat_map(|migration| [Some(migration), migration.down()]);
        list.flatten().chain(self.repeatables)
    }

    /// The digest that the server computes over rows which equal the list.
    pub(crate) fn digest(&self) -> &'static str {
        self.digest
    }

    /// The package that embeds the migrations, and its version.
    pub(crate) fn application(&self) -> &'static str {
        self.application
    }

    /// Where the files lie, in a build that knows.
    pub(crate) fn folder(&self) -> Option<Folder> {
        self.folder
    }

    pub(crate) fn gate(&self) -> &'static Gate {
        (self.gate)()
    }

    /// Of a set without versions it is below all that there can be.
    pub(crate) fn newest_version(&self) -> i64 {
        self.list.last().map_or(-1, Migration::version)
    }
}

impl IntoIterator for &Migrations {
    type Item = &'static Migration;
    type IntoIter = slice::Iter<'static, Migration>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
