//! What the user has run inside of the transactions of a run.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use postgres::Client;

use crate::migration::Migration;
use crate::session::Session;
use crate::transaction::{TransactionId, id_sql};

/// What a hook returns when it does not want to go on.
pub type HookError = Box<dyn StdError + Send + Sync>;

pub(crate) type OfRun = Arc<dyn Fn(&mut Client) -> Result<(), HookError> + Send + Sync>;
pub(crate) type OfEach =
    Arc<dyn Fn(&mut Client, &'static Migration) -> Result<(), HookError> + Send + Sync>;

#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub(crate) before_run: Option<OfRun>,
    pub(crate) before_each: Option<OfEach>,
    pub(crate) after_each: Option<OfEach>,
    pub(crate) after_run: Option<OfRun>,
}

/// The hooks that are called before a file, and those behind it, where one of them is at fault.
pub(crate) const BEFORE: &str = "before_run or before_each";
pub(crate) const AFTER: &str = "after_each or after_run";

/// Where a file stands in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) is_first: bool,
    pub(crate) is_last: bool,
}

/// A hook did not want to go on.
#[derive(Debug)]
pub(crate) struct Objection {
    pub(crate) hook: &'static str,
    pub(crate) error: HookError,
}

impl Hooks {
    pub(crate) fn before(
        &self,
        client: &mut Client,
        file: &'static Migration,
        standing: Standing,
    ) -> Result<(), Objection> {
        if let Some(hook) = self.before_run.as_ref().filter(|_| standing.is_first) {
            hook(client).map_err(Objection::of("before_run"))?;
        }
        self.before_each
            .as_ref()
            .map_or(Ok(()), |hook| hook(client, file).map_err(Objection::of("before_each")))
    }

    pub(crate) fn after(
        &self,
        client: &mut Client,
        file: &'static Migration,
        standing: Standing,
    ) -> Result<(), Objection> {
        if let Some(hook) = &self.after_each {
            hook(client, file).map_err(Objection::of("after_each"))?;
        }
        let hook = self.after_run.as_ref().filter(|_| standing.is_last);
        hook.map_or(Ok(()), |hook| hook(client).map_err(Objection::of("after_run")))
    }

    /// Whether there is none, so that a file can be sent as one message.
    pub(crate) fn are_none(&self) -> bool {
        let Self { before_run, before_each, after_each, after_run } = self;
        before_run.is_none() && before_each.is_none() && after_each.is_none() && after_run.is_none()
    }
}

impl Objection {
    /// Makes sure that hooks have left the transaction as it was: what follows would else be committed
    /// without it, or not be at all.
    pub(crate) fn unless_in(
        session: &mut Session,
        transaction: TransactionId,
        hook: &'static str,
    ) -> Result<(), Self> {
        let problem = match session.query(&id_sql()) {
            Ok(rows) if TransactionId::read(&rows) == Some(transaction) => return Ok(()),
            Ok(_) => "the transaction has ended".into(),
            Err(error) => Box::new(error) as HookError,
        };
        Err(Self { hook, error: problem })
    }

    fn of(hook: &'static str) -> impl FnOnce(HookError) -> Self {
        move |error| Self { hook, error }
    }

    /// What the server has refused to the hook, if that is why.
    pub(crate) fn of_server(&self) -> Option<&postgres::Error> {
        self.error.downcast_ref()
    }
}

impl fmt::Debug for Hooks {
    /// As identities: runs with other hooks do not wait for each other's outcome.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_run = |hook: &Option<OfRun>| hook.as_ref().map(|it| Arc::as_ptr(it).cast::<()>());
        let of_each = |hook: &Option<OfEach>| hook.as_ref().map(|it| Arc::as_ptr(it).cast::<()>());
        let Self { before_run, before_each, after_each, after_run } = self;
        f.debug_list()
            .entries([of_run(before_run), of_each(before_each)])
            .entries([of_each(after_each), of_run(after_run)])
            .finish()
    }
}
