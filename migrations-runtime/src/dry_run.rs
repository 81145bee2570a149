//! Runs what is pending in one transaction, and rolls it back.

use std::time::Duration;

use postgres::error::SqlState;

use crate::apply::{Apply, Outcome, Then};
use crate::cause::Cause;
use crate::context::Context;
use crate::error::Error;
use crate::failure::Left;
use crate::locked::{Locked, with_lock};
use crate::migration::Migration;
use crate::pending::Lock;
use crate::plan::Plan;
use crate::report::Applied;
use crate::run::Run;
use crate::task::Task;
use crate::transaction::TransactionId;
use crate::trouble;
use crate::watch::with_watcher;
use crate::work::{Step, create};

/// What a dry run has found.
#[derive(Clone, Debug, Default)]
pub struct DryRun {
    pub(crate) tried: Vec<Applied>,
    pub(crate) not_tried: Vec<&'static Migration>,
    pub(crate) error: Option<Error>,
}

impl DryRun {
    /// What has passed, in order, and how long it took.
    #[must_use]
    pub fn tried(&self) -> &[Applied] {
        &self.tried
    }

    /// What could not be tried so: what runs outside of a transaction, and what stands behind an error.
    #[must_use]
    pub fn not_tried(&self) -> &[&'static Migration] {
        &self.not_tried
    }

    /// What the server has refused.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }
}

/// Everything is in the transaction that holds the lock, and the session is ended with it.
pub(crate) fn dry_run(context: Context<'_>) -> Result<DryRun, Error> {
    let mut run = Run::new(context);
    with_lock(&context, |locked| run.try_out(locked))
}

impl Run<'_> {
    fn try_out(&mut self, locked: Locked<'_>) -> Result<Step<DryRun>, Error> {
        let Locked { here, place, mut session, look } = locked;
        let plan = self.plan(&look.records)?;
        if plan.is_done() {
            return Ok(Step::Done(DryRun::default()));
        }
        let what = format!("{} migrations are pending", plan.to_apply().count());
        trouble::refuse_without_rights(&place, &here.table, &what)?;
        create(&mut session, &here.table, &place)?;
        let (tasks, not_tried) = tasks(&plan);
        let mut found = DryRun { not_tried, ..DryRun::default() };
        let lock = Lock { session, transaction: Some(look.transaction) };
        let context = self.context;
        let paused = with_watcher(&context, |watcher| {
            let apply = Apply { context: &context, here, baseline: &look.baseline, watcher };
            self.try_all(&apply, lock, look.transaction, &tasks, &mut found)
        });
        Ok(paused?.map_or(Step::Done(found), Step::Again))
    }

    fn try_all(
        &mut self,
        apply: &Apply<'_>,
        mut lock: Lock,
        transaction: TransactionId,
        tasks: &[Task],
        found: &mut DryRun,
    ) -> Result<Option<Duration>, Error> {
        let all: Vec<_> = tasks.iter().map(|task| task.file).collect();
        for (index, task) in tasks.iter().enumerate() {
            let rest = &all[index + 1..];
            let sending = self.sending(transaction, *task, Then::Check, rest);
            let cause = match self.send(apply, &mut lock.session, sending)? {
                Outcome::Applied { took, .. } => {
                    found.tried.push(Applied { migration: task.file, took, rows: None });
                    continue;
                }
                Outcome::Failed(cause, _) => cause,
                Outcome::Lost { error, .. } => Cause::lost(error),
            };
            match self.failed(task.file, cause, Left::Nothing, rest) {
                Ok(pause) => return Ok(Some(pause)),
                Err(error) if error.is_stopped() => return Err(error),
                Err(error) => found.end(error, task.file, rest),
            }
            break;
        }
        // Nothing of it is committed: the session ends in its transaction.
        Ok(None)
    }
}

impl DryRun {
    fn end(&mut self, error: Error, file: &'static Migration, rest: &[&'static Migration]) {
        self.not_tried.extend(rest);
        if error.code() == Some(&SqlState::UNSAFE_NEW_ENUM_VALUE_USAGE) {
            // It is committed before, in a run.
            self.not_tried.push(file);
        } else {
            self.error = Some(error);
        }
        self.not_tried.sort_by_key(|it| (it.is_repeatable(), it.version()));
    }
}

/// What can be tried, and what cannot.
fn tasks(plan: &Plan) -> (Vec<Task>, Vec<&'static Migration>) {
    let pending = plan.pending.iter().map(|pending| pending.migration);
    let (inside, outside): (Vec<_>, Vec<_>) = pending.partition(|it| it.is_transactional());
    let repeats = plan.repeats.iter().map(Task::from);
    (inside.into_iter().map(Task::apply).chain(repeats).collect(), outside)
}
