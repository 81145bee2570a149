use std::collections::BTreeMap;

use crate::session::{Session, SessionId, Token, Transaction};

/// What kind of file a migration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// All of it in one transaction: `apply`.
    Inside,
    /// `no-transaction`, of a statement that can run in a transaction: `outside::joint`.
    Joint,
    /// `no-transaction`, of one that cannot, and whose effect the catalog shows: `outside::alone`.
    Alone,
    /// The same, but nobody can tell afterwards: `Effect::Opaque`.
    Opaque,
}

/// A row of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    /// Whose transaction wrote it.
    pub by: Token,
    /// Whether it has a duration.
    pub is_finished: bool,
    /// Of a file whose only statement runs outside of the transaction of the lock.
    pub journal: Option<Journal>,
}

impl Row {
    pub(crate) fn names(&self, token: Token) -> bool {
        self.by == token || self.journal.is_some_and(|journal| journal.worker == token)
    }
}

/// What a row says of such a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Journal {
    /// Whether its statement is done.
    pub is_done: bool,
    /// Whether it may be running.
    pub is_in_flight: bool,
    /// Who works on it.
    pub worker: Token,
}

/// The database and its sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Server {
    /// Whether there is a history.
    pub has_table: bool,
    /// What is committed of it, by migration.
    pub rows: Vec<Option<Row>>,
    /// How often each migration has taken effect.
    pub effects: Vec<u8>,
    /// The open sessions.
    pub sessions: BTreeMap<SessionId, Session>,
}

impl Server {
    pub(crate) fn new(migrations: usize) -> Self {
        let (rows, effects) = (vec![None; migrations], vec![0; migrations]);
        Self { rows, effects, ..Self::default() }
    }

    /// Whether all is recorded as applied.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.rows.iter().all(|row| row.is_some_and(|row| row.is_finished))
    }

    /// How many sessions hold the lock.
    #[must_use]
    pub fn holders(&self) -> usize {
        self.transactions().filter(|transaction| transaction.is_locked).count()
    }

    pub(crate) fn transactions(&self) -> impl Iterator<Item = &Transaction> {
        self.sessions.values().filter_map(|session| session.transaction.as_ref())
    }

    /// Whether it still does something for this session, or its client may have the next statement in
    /// mind: it has, unless it is stalled.
    pub(crate) fn works_for(&self, token: Token) -> bool {
        self.sessions.iter().filter(|(_, session)| session.token == Some(token)).any(
            |(id, session)| {
                let is_listened_to = matches!(id, SessionId::Of(..)) && !session.is_lost;
                session.is_of_weight() || is_listened_to && !session.is_stalled
            },
        )
    }

    pub(crate) fn session(&mut self, id: SessionId) -> &mut Session {
        self.sessions.get_mut(&id).expect("an open session")
    }

    pub(crate) fn others(&self, id: SessionId) -> impl Iterator<Item = &Session> {
        let others = self.sessions.iter().filter(move |(other, _)| **other != id);
        others.map(|(_, session)| session)
    }

    /// The connection is gone: nobody listens to the session any more, which goes on.
    pub(crate) fn orphan(&mut self, id: SessionId) {
        let Some(session) = self.sessions.remove(&id) else { return };
        if session.is_of_weight() {
            let mut free = (0..=self.sessions.len()).map(SessionId::Orphan);
            let free = free.find(|id| !self.sessions.contains_key(id));
            self.sessions.insert(free.expect("more numbers than sessions"), session);
        }
    }

    /// The session is gone, with what it had not committed.
    pub(crate) fn terminate(&mut self, id: SessionId) {
        let session = self.session(id);
        *session = session.lost();
    }
}
