//! How the server executes statements, one by one, each at once as a whole.

use crate::broken::Broken;
use crate::protocol::Protocol;
use crate::server::{Journal, Kind, Row, Server};
use crate::session::{Reply, SessionId, Statement, Token, Transaction};

/// Why a statement is not executed.
enum Not {
    /// It waits for another transaction.
    Yet,
    /// It fails.
    AtAll,
}

use Not::{AtAll, Yet};

impl Protocol {
    /// Executes the next statement of a session, or ends a session whose client is gone; whether it can.
    pub(crate) fn execute(&self, server: &mut Server, id: SessionId) -> bool {
        let Some(session) = server.sessions.get(&id) else { return false };
        let Some(statement) = session.queue.front().copied() else {
            return self.notice(server, id);
        };
        let result = Executor { protocol: self, server, id }.run(statement);
        let session = server.session(id);
        match result {
            Err(Yet) => return false,
            Err(AtAll) => session.fail(),
            Ok(()) => drop(session.queue.pop_front()),
        }
        if matches!(id, SessionId::Orphan(_)) && !session.is_of_weight() {
            server.sessions.remove(&id);
        }
        true
    }

    fn notice(&self, server: &mut Server, id: SessionId) -> bool {
        let SessionId::Orphan(_) = id else { return false };
        let transaction = &server.session(id).transaction;
        let keeps = transaction.as_ref().is_some_and(|transaction| transaction.is_locked);
        if keeps && self.is(Broken::LockOutlivesItsOwner) {
            return false;
        }
        server.sessions.remove(&id).is_some()
    }
}

struct Executor<'a> {
    protocol: &'a Protocol,
    server: &'a mut Server,
    id: SessionId,
}

impl Executor<'_> {
    fn run(&mut self, statement: Statement) -> Result<(), Not> {
        match statement {
            Statement::Ask => self.reply().yes = self.server.is_current(),
            Statement::Begin => drop(self.transaction()),
            Statement::TryLock => self.try_lock(),
            Statement::Rows => self.read(),
            Statement::Create => self.create()?,
            Statement::BeginRow(migration) => self.begin_row(migration)?,
            Statement::File(migration) => self.transaction().file = Some(migration),
            Statement::Complete(_) => self.complete(),
            Statement::Commit => self.commit(),
            Statement::Rollback => self.server.session(self.id).transaction = None,
            Statement::Status(migration, token) => {
                self.reply().yes = self.has_committed(migration, token);
            }
            Statement::LeftBehind(token) => self.reply().yes = self.works_for(token),
            Statement::Catalog(migration) => {
                self.reply().yes = self.server.effects[migration] > 0;
            }
            Statement::Alone(migration) => self.alone(migration)?,
            Statement::BeginEntry(migration) => self.begin_entry(migration)?,
            write => self.write(write)?,
        }
        Ok(())
    }

    fn reply(&mut self) -> &mut Reply {
        &mut self.server.session(self.id).reply
    }

    fn token(&mut self) -> Token {
        self.server.session(self.id).token.expect("a session that was opened")
    }

    fn transaction(&mut self) -> &mut Transaction {
        self.server.session(self.id).transaction.get_or_insert_default()
    }

    fn try_lock(&mut self) {
        let is_held = |transaction: &Transaction| transaction.is_locked;
        let mut others = self.server.others(self.id);
        let is_taken = others.any(|it| it.transaction.as_ref().is_some_and(is_held));
        let is_mine = !is_taken || self.protocol.is(Broken::NoLock);
        drop(others);
        self.transaction().is_locked = is_mine;
        self.reply().yes = is_mine;
    }

    fn read(&mut self) {
        let (rows, has_table) = (Some(self.server.rows.clone()), self.server.has_table);
        let reply = self.reply();
        (reply.rows, reply.has_table) = (rows, has_table);
    }

    fn create(&mut self) -> Result<(), Not> {
        let has_created = |transaction: &Transaction| transaction.has_created;
        let mut others = self.server.others(self.id);
        if others.any(|it| it.transaction.as_ref().is_some_and(has_created)) {
            return Err(Yet);
        }
        drop(others);
        if self.server.has_table {
            return Err(AtAll);
        }
        self.transaction().has_created = true;
        Ok(())
    }

    /// The primary key: who comes second waits for the first, and fails if that one commits.
    fn begin_row(&mut self, migration: usize) -> Result<(), Not> {
        self.wait_for_row(migration)?;
        if self.server.rows[migration].is_some() {
            return Err(AtAll);
        }
        let by = self.token();
        let row = Row { by, is_finished: false, journal: None };
        self.transaction().row = Some((migration, row));
        Ok(())
    }

    fn wait_for_row(&self, migration: usize) -> Result<(), Not> {
        let mut others = self.server.others(self.id);
        if others.any(|it| it.touches(migration)) { Err(Yet) } else { Ok(()) }
    }

    fn complete(&mut self) {
        if let Some((_, row)) = &mut self.transaction().row {
            row.is_finished = true;
        }
    }

    fn commit(&mut self) {
        let Some(transaction) = self.server.session(self.id).transaction.take() else { return };
        self.server.has_table |= transaction.has_created;
        if let Some((migration, row)) = transaction.row {
            self.server.rows[migration] = Some(row);
        }
        if let Some(migration) = transaction.file {
            self.server.effects[migration] += 1;
        }
        if self.protocol.is(Broken::LockOutlivesItsOwner) && transaction.is_locked {
            self.transaction().is_locked = true;
        }
    }

    fn has_committed(&self, migration: usize, token: Token) -> bool {
        self.server.rows[migration].is_some_and(|row| row.by == token && row.is_finished)
    }

    fn works_for(&self, token: Token) -> bool {
        self.server.works_for(token) && !self.protocol.is(Broken::BlindToLeftBehind)
    }

    /// What has a name is not made twice.
    fn alone(&mut self, migration: usize) -> Result<(), Not> {
        let is_named = self.protocol.kinds[migration] == Kind::Alone;
        if is_named && self.server.effects[migration] > 0 {
            return Err(AtAll);
        }
        self.server.effects[migration] += 1;
        Ok(())
    }

    fn begin_entry(&mut self, migration: usize) -> Result<(), Not> {
        self.wait_for_row(migration)?;
        if self.server.rows[migration].is_some() {
            return Err(AtAll);
        }
        let by = self.token();
        let journal = Some(Journal { is_done: false, is_in_flight: false, worker: by });
        self.put(migration, Row { by, is_finished: false, journal });
        Ok(())
    }

    /// Each write names what it expects of the row, and fails where it is otherwise.
    fn write(&mut self, statement: Statement) -> Result<(), Not> {
        let (migration, expected) = expectation(statement);
        self.wait_for_row(migration)?;
        let token = self.token();
        let expected = expected.unwrap_or(Journal { worker: token, ..journal_of(statement) });
        let Some(row) = self.server.rows[migration] else { return Err(AtAll) };
        let is_expected = !row.is_finished && row.journal == Some(expected);
        if !is_expected && !self.protocol.is(Broken::NoWorkerInRow) {
            return Err(AtAll);
        }
        self.put(migration, written(row, statement, token));
        Ok(())
    }

    /// In the session's transaction, or else at once.
    fn put(&mut self, migration: usize, row: Row) {
        match &mut self.server.session(self.id).transaction {
            Some(transaction) => transaction.row = Some((migration, row)),
            None => self.server.rows[migration] = Some(row),
        }
    }
}

/// Whose row it is, and what a take-over has found there.
fn expectation(statement: Statement) -> (usize, Option<Journal>) {
    match statement {
        Statement::TakeOver(migration, found) => (migration, Some(found)),
        Statement::InFlight(migration, _)
        | Statement::Done(migration, _)
        | Statement::NotInFlight(migration)
        | Statement::Finish(migration) => (migration, None),
        other => unreachable!("{other:?} writes no row"),
    }
}

/// What the others expect, but for the worker.
fn journal_of(statement: Statement) -> Journal {
    let (is_done, is_in_flight) = match statement {
        Statement::InFlight(_, was) | Statement::Done(_, was) => (false, was),
        Statement::NotInFlight(_) => (false, true),
        _ => (true, false),
    };
    Journal { is_done, is_in_flight, worker: Token { runner: 0, number: 0 } }
}

fn written(row: Row, statement: Statement, worker: Token) -> Row {
    let (is_done, is_in_flight) = match statement {
        Statement::TakeOver(_, found) => (found.is_done, found.is_in_flight),
        Statement::InFlight(..) => (false, true),
        Statement::NotInFlight(_) => (false, false),
        _ => (true, false),
    };
    let is_finished = matches!(statement, Statement::Finish(_));
    Row { is_finished, journal: Some(Journal { is_done, is_in_flight, worker }), ..row }
}
