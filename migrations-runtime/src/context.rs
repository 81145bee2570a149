//! What a run goes by, from its beginning to its end.

use std::time::Instant;

use crate::error::Error;
use crate::flights::Identity;
use crate::here::Here;
use crate::history::{Asked, History};
use crate::migrations::Migrations;
use crate::observer::Progress;
use crate::options::Options;
use crate::session::{Connections, Session};
use crate::trouble;

#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) connections: &'a dyn Connections,
    pub(crate) migrations: Migrations,
    pub(crate) options: &'a Options,
    pub(crate) progress: &'a Progress,
    pub(crate) began: Instant,
}

impl Context<'_> {
    pub(crate) fn session(&self) -> Result<Session, Error> {
        Session::open(self.connections).map_err(Error::pool)
    }

    pub(crate) fn history(&self) -> &History {
        &self.options.history
    }

    pub(crate) fn ask(&self, session: &mut Session) -> Result<Asked, Error> {
        let ask = self.history().ask_sql(self.migrations.newest_version());
        let answer = session.query(&format!("{}; {ask}", self.options.own_lock_timeout_sql()));
        History::asked(answer, &self.migrations).map_err(|e| trouble::reading(self.history(), e))
    }

    pub(crate) fn here(&self, session: &mut Session) -> Result<Here, Error> {
        let rows = session.query(&Here::sql(self.history())).map_err(trouble::locking)?;
        Here::read(&rows, self.history()).ok_or_else(|| trouble::no_schema(self.history()))
    }

    /// Calls with the same task have the same to do, if it is in the same database.
    pub(crate) fn task(&self) -> String {
        format!("{:p} {:?}", self.migrations.list().as_ptr(), self.options)
    }

    pub(crate) fn identity(&self, here: &Here) -> Identity {
        let database = format!("{} {:?}", here.database, here.table);
        Identity { task: self.task(), database }
    }
}
