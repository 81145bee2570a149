use std::collections::VecDeque;

use crate::server::{Journal, Row};

/// A runner's connection for the lock and the files in transactions, or the one for statements outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// It takes the lock.
    Main,
    /// It runs statements one by one; or asks what became of a lost transaction.
    Worker,
}

/// Names a session of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SessionId {
    /// Of a runner that listens.
    Of(usize, Role),
    /// Of nobody any more.
    Orphan(usize),
}

/// Tells a runner's session from all that it had before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token {
    /// Whose session it is.
    pub runner: usize,
    /// How many that one has had before.
    pub number: u8,
}

/// A statement of a message, as the server executes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Statement {
    /// `history::ask`.
    Ask,
    /// `lock::begin_sql`, or `hold_sql`.
    Begin,
    /// `lock::try_sql`.
    TryLock,
    /// `history::Table::rows_sql`.
    Rows,
    /// `history::Table::create_sql`.
    Create,
    /// `history::Table::begin_sql`.
    BeginRow(usize),
    /// The file, or one statement of it, in a transaction.
    File(usize),
    /// `history::Table::complete_sql`.
    Complete(usize),
    /// COMMIT.
    Commit,
    /// ROLLBACK.
    Rollback,
    /// `transaction::TransactionId::status_sql`, of the transaction of a session.
    Status(usize, Token),
    /// `left_behind`.
    LeftBehind(Token),
    /// `history::Entry::begin_sql`.
    BeginEntry(usize),
    /// `history::Entry::take_over_sql`, of what was found there.
    TakeOver(usize, Journal),
    /// `catalog`: whether it is there.
    Catalog(usize),
    /// `history::Entry::in_flight_sql`, which expects the statement to be in flight already or not.
    InFlight(usize, bool),
    /// A statement outside of a transaction.
    Alone(usize),
    /// `history::Entry::done_sql`, which expects the statement to be in flight or not.
    Done(usize, bool),
    /// `history::Entry::not_in_flight_sql`.
    NotInFlight(usize),
    /// `history::Entry::finish_sql`.
    Finish(usize),
}

impl Statement {
    /// Whether nobody else can notice it before another statement of the same message.
    pub(crate) fn is_local(self) -> bool {
        matches!(self, Self::Begin | Self::File(_) | Self::Complete(_) | Self::Rollback)
    }

    /// Whether a test can hold a message up there.
    pub(crate) fn is_gate(self) -> bool {
        matches!(self, Self::File(_) | Self::Alone(_))
    }

    /// Whether it changes nothing. (What it ends with ROLLBACK is a transaction without the lock.)
    pub(crate) fn is_read(self) -> bool {
        matches!(
            self,
            Self::Ask
                | Self::Rows
                | Self::Status(..)
                | Self::LeftBehind(_)
                | Self::Catalog(_)
                | Self::Rollback
        )
    }
}

/// A session of the server, and what its client has been answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Session {
    /// Who opened it.
    pub token: Option<Token>,
    /// What is left of the message that was sent last.
    pub queue: VecDeque<Statement>,
    /// What is not committed.
    pub transaction: Option<Transaction>,
    /// What was answered to it so far.
    pub reply: Reply,
    /// The connection is gone; this is what the client sees of it.
    pub is_lost: bool,
    /// Its client has been stopped for so long that the session passes for one that is left behind.
    pub is_stalled: bool,
}

/// What a transaction has done and not committed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Transaction {
    /// It holds the lock.
    pub is_locked: bool,
    /// It has created the table.
    pub has_created: bool,
    /// A row as it is to be.
    pub row: Option<(usize, Row)>,
    /// What it has run.
    pub file: Option<usize>,
    /// A statement has failed; nothing is committed.
    pub is_aborted: bool,
}

impl Transaction {
    fn is_of_weight(&self) -> bool {
        self.is_locked || self.has_created || self.row.is_some()
    }
}

/// The answer to a message, as far as the runner goes by it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Reply {
    /// All is recorded; or the lock is taken; or it is there; or somebody works; or it is committed.
    pub yes: bool,
    /// The rows of the history.
    pub rows: Option<Vec<Option<Row>>>,
    /// Whether there is a table.
    pub has_table: bool,
    /// A statement has failed.
    pub has_failed: bool,
}

impl Session {
    pub(crate) fn new(token: Token) -> Self {
        Self { token: Some(token), ..Self::default() }
    }

    /// What a client has of a session that is gone.
    pub(crate) fn lost(&self) -> Self {
        Self { token: self.token, is_lost: true, ..Self::default() }
    }

    /// A statement has failed, and the rest of the message is left out.
    pub(crate) fn fail(&mut self) {
        self.queue.clear();
        self.reply.has_failed = true;
        if let Some(transaction) = &mut self.transaction {
            transaction.is_aborted = true;
        }
    }

    /// Whether what comes next is what a file does.
    #[must_use]
    pub fn is_at_gate(&self) -> bool {
        self.queue.front().is_some_and(|statement| statement.is_gate())
    }

    /// Whether all that was sent is executed.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether others could notice that it is still open.
    pub(crate) fn is_of_weight(&self) -> bool {
        !self.queue.is_empty() || self.transaction.as_ref().is_some_and(Transaction::is_of_weight)
    }

    /// Whether it is of this token, or will ask for it.
    pub(crate) fn names(&self, token: Token) -> bool {
        let of_statement = |statement: &Statement| match statement {
            Statement::Status(_, asked) | Statement::LeftBehind(asked) => *asked == token,
            Statement::TakeOver(_, found) => found.worker == token,
            _ => false,
        };
        let rows = self.reply.rows.iter().flatten().flatten();
        let row = self.transaction.iter().filter_map(|transaction| transaction.row.as_ref());
        self.token == Some(token)
            || self.queue.iter().any(of_statement)
            || rows.chain(row.map(|(_, row)| row)).any(|row| row.names(token))
    }

    pub(crate) fn touches(&self, migration: usize) -> bool {
        let row = self.transaction.as_ref().and_then(|transaction| transaction.row);
        row.is_some_and(|(touched, _)| touched == migration)
    }
}
