use crate::server::{Journal, Row};
use crate::session::Token;

/// A call of `run` in a thread of a process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Runner {
    /// Threads of one process share the flights.
    pub process: usize,
    /// What it waits for.
    pub step: Step,
    /// What it goes by, under the lock.
    pub(crate) plan: Option<Plan>,
    /// Whether the transaction of the lock has a number: `Lock::transaction`.
    pub(crate) has_number: bool,
    /// How another call ended that was on its way at the same time.
    pub(crate) overlapped: Option<Result<(), ()>>,
    /// What it reports as applied by itself, a bit for each migration.
    pub applied: u8,
}

/// What a runner does next, once it is answered: named as in `migrations-runtime`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Not called yet, or called again after a failure.
    Start,
    /// `run::Run::steps`: asks whether all is recorded.
    Ask,
    /// `flights::join`: waits for the call that is on its way in this process.
    Join,
    /// `run::Run::follow`: reads what that one has done.
    Follow,
    /// `turn::Wait::until_free`, or the pause before it tries once more.
    WaitForTurn,
    /// `turn::try_lock`.
    TryLock,
    /// `context::Context::is_done`: asks again, before it tries to take the lock.
    AskAgain,
    /// `work::look`, under the lock.
    Look,
    /// `work::create`.
    Create,
    /// `apply::Apply::send`: one message, of which the last is COMMIT and the lock for the next.
    Apply(usize),
    /// `apply::Apply::fate`: asks what became of a lost transaction.
    Fate(usize),
    /// `pending::Lock::transaction`: a transaction with a number, and the lock anew.
    Transaction(usize),
    /// `pending::Lock::hold`: a transaction without a number, and the lock anew.
    Hold(usize),
    /// `outside::Outside::begin`: looks whether the server still works for an earlier run.
    LeftBehind(usize),
    /// It does: pauses, without the lock.
    WaitForLeftBehind(Token),
    /// `outside::row::write_begin`: writes the row, or takes it over.
    WriteBegin(usize),
    /// `outside::joint`: the entry and the statement in one transaction.
    Joint(usize),
    /// `outside::alone`: looks at the catalog.
    Catalog(usize),
    /// `outside::alone::put_in_flight`.
    PutInFlight(usize),
    /// `outside::alone::send_alone`.
    SendAlone(usize),
    /// `history::Entry::done_sql` behind it.
    WriteDone(usize),
    /// `outside::row::write_finish`.
    WriteFinish(usize),
    /// It has returned its report.
    Succeeded,
    /// It has returned an error.
    Failed(Why),
}

/// Why a runner has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Why {
    /// A connection was lost.
    Lost,
    /// Another thread of the process has failed.
    Shared,
    /// The thread has panicked.
    Panicked,
    /// It cannot be told whether a statement has run; people are told so.
    InDoubt,
    /// The server has refused what the file does.
    Refused,
}

/// What is to be done, as the rows were under the lock.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Plan {
    pub(crate) rows: Vec<Option<Row>>,
    pub(crate) has_table: bool,
}

impl Plan {
    /// The first that is not applied.
    pub(crate) fn next(&self) -> Option<usize> {
        self.rows.iter().position(|row| row.is_none_or(|row| !row.is_finished))
    }

    pub(crate) fn is_last(&self, migration: usize) -> bool {
        migration + 1 == self.rows.len()
    }

    pub(crate) fn names(&self, token: Token) -> bool {
        self.rows.iter().flatten().any(|row| row.names(token))
    }

    pub(crate) fn journal(&self, migration: usize) -> Option<Journal> {
        self.rows[migration]?.journal
    }
}

impl Runner {
    pub(crate) fn new(process: usize) -> Self {
        Self {
            process,
            step: Step::Start,
            plan: None,
            has_number: false,
            overlapped: None,
            applied: 0,
        }
    }

    /// Whether it may ask for the session of this token.
    pub(crate) fn names(&self, token: Token) -> bool {
        let is_waited_for = self.step == Step::WaitForLeftBehind(token);
        is_waited_for || self.plan.as_ref().is_some_and(|plan| plan.names(token))
    }

    /// Whether it was called and has not returned.
    #[must_use]
    pub fn is_on_its_way(&self) -> bool {
        !self.has_ended() && self.step != Step::Start
    }

    /// Whether it has returned, for good.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(self.step, Step::Succeeded | Step::Failed(_))
    }
}
