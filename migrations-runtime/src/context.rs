//! What a run goes by, from its beginning to its end.

use std::time::{Duration, Instant};

use crate::error::Error;
use crate::flights::Identity;
use crate::here::Here;
use crate::history::{Asked, History};
use crate::migrations::Migrations;
use crate::observer::Observers;
use crate::options::Options;
use crate::session::{Connections, Session, field};
use crate::trouble;

#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) connections: &'a dyn Connections,
    pub(crate) migrations: Migrations,
    pub(crate) options: &'a Options,
    pub(crate) observers: &'a Observers,
    pub(crate) began: Instant,
    /// How long to wait for a connection; else as long as the pool does.
    pub(crate) patience: Option<Duration>,
}

impl Context<'_> {
    pub(crate) fn session(&self) -> Result<Session, Error> {
        self.session_within(self.connections.patience())
    }

    pub(crate) fn session_within(&self, patience: Duration) -> Result<Session, Error> {
        let patience = self.patience.unwrap_or(patience);
        Session::open_within(self.connections, patience).map_err(Error::pool)
    }

    /// Sleeps, unless it is told to stop.
    pub(crate) fn pause(&self, pause: Duration) -> Result<(), Error> {
        self.options.stop.pause(pause);
        self.go_on()
    }

    /// An error if it was told to stop.
    pub(crate) fn go_on(&self) -> Result<(), Error> {
        if self.options.stop.is_stopped() { Err(Error::stopped()) } else { Ok(()) }
    }

    pub(crate) fn history(&self) -> &History {
        &self.options.history
    }

    pub(crate) fn ask(&self, session: &mut Session) -> Result<Asked, Error> {
        let ask = self.history().ask_sql(&self.migrations);
        let answer = session.query(&format!("{}; {ask}", self.options.own_sql()));
        History::asked(answer, &self.migrations).map_err(|error| {
            self.refused_role(session).unwrap_or_else(|| trouble::reading(self.history(), error))
        })
    }

    /// Whether nothing is pending; an error where the set is recorded in another schema than the one
    /// where it belongs.
    pub(crate) fn is_done(&self, session: &mut Session) -> Result<bool, Error> {
        match self.ask(session)? {
            Asked::Current(_) => Ok(true),
            Asked::Elsewhere(schema) => Err(trouble::elsewhere(self.history(), &schema)),
            Asked::Others | Asked::Fewer => Ok(false),
        }
    }

    /// The same, where it makes no difference whether something is pending.
    pub(crate) fn refuse_elsewhere(&self, session: &mut Session) -> Result<(), Error> {
        self.is_done(session).map(drop)
    }

    pub(crate) fn here(&self, session: &mut Session) -> Result<Here, Error> {
        let (own, here) = (self.options.own_sql(), Here::sql(self.history()));
        let rows = session.query(&format!("{own}; {here}")).map_err(|error| {
            self.refused_role(session).unwrap_or_else(|| trouble::locking(error))
        })?;
        Here::read(&rows, self.history()).ok_or_else(|| trouble::no_schema(self.history()))
    }

    /// Whether what the server has refused was to take the run's role on, which is asked for by itself:
    /// no SQLSTATE tells it from what is done as that role.
    fn refused_role(&self, session: &mut Session) -> Option<Error> {
        let set = self.options.role_sql()?;
        let error = session.query(&set).err().filter(|error| error.as_db_error().is_some())?;
        let rows = session.query("SELECT session_user AS role").unwrap_or_default();
        let login = rows.first().and_then(|row| field(row, "role")).unwrap_or("the login");
        Some(trouble::taking_on(self.options.role.as_deref()?, login, error))
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
