//! Reverts applied migrations, newest first.

use crate::apply::Apply;
use crate::context::Context;
use crate::error::Error;
use crate::held::Lock;
use crate::history::Record;
use crate::inspect::{look, make_whole_plan};
use crate::locked::{Locked, with_lock};
use crate::migration::Migration;
use crate::observer::Observers;
use crate::report::Report;
use crate::run::Run;
use crate::task::Task;
use crate::trouble;
use crate::watch::with_watcher;
use crate::work::Step;

/// How many migrations to revert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revert {
    /// The newest ones, this many.
    Steps(usize),
    /// All that are newer than this version, which itself stays applied.
    To(i64),
}

/// What would be reverted, newest first.
pub(crate) fn planned(
    context: Context<'_>,
    revert: Revert,
) -> Result<Vec<&'static Migration>, Error> {
    let mut session = context.session()?;
    let (_, records) = look(&context, &mut session)?;
    to_revert(&context, &records, revert)
}

/// Reverts each in a transaction of its own.
pub(crate) fn revert(context: Context<'_>, revert: Revert) -> Result<Report, Error> {
    let mut run = Run::new(context);
    // What was decided at first stays so where it is tried again: nothing else is reverted for it.
    let mut decided = None;
    let result = with_lock(&context, |locked| {
        let records = &locked.look.records;
        let list = match &decided {
            None => decided.insert(to_revert(&context, records, revert)?).clone(),
            Some(list) => run.still_to_revert(list, &applied(&context, records)?)?,
        };
        run.revert(locked, &list)
    });
    result.map_err(|error| error.after(&run.applied))?;
    let report = Report { reverted: run.applied, ..Report::default() };
    Observers::done(&report);
    Ok(report)
}

impl Run<'_> {
    /// Those of the list that are still to be reverted. What was reverted before, somebody else may have
    /// applied again since, and nothing newer may be jumped over.
    fn still_to_revert(
        &self,
        list: &[&'static Migration],
        applied: &[&'static Migration],
    ) -> Result<Vec<&'static Migration>, Error> {
        let is_reverted = |it: &Migration| {
            self.applied.iter().any(|reverted| reverted.migration.version() == it.version())
        };
        match applied.iter().rev().find(|it| is_reverted(it)) {
            Some(again) => Err(trouble::applied_again(again)),
            None => Ok(list.iter().copied().filter(|it| applied.contains(it)).collect()),
        }
    }

    fn revert(
        &mut self,
        locked: Locked<'_>,
        list: &[&'static Migration],
    ) -> Result<Step<()>, Error> {
        let Locked { here, place, session, look } = locked;
        if list.is_empty() {
            return Ok(Step::Done(()));
        }
        let what = format!("{} migrations are to be reverted", list.len());
        trouble::refuse_without_rights(&place, &here.table, &what)?;
        trouble::refuse_without_delete(&place, &here.table, &what)?;
        let downs = list.iter().filter_map(|migration| migration.down());
        let tasks: Vec<_> = downs.map(Task::revert).collect();
        let lock = Lock { session, transaction: Some(look.transaction) };
        let context = self.context;
        let paused = with_watcher(&context, |watcher| {
            let apply = Apply { context: &context, here, baseline: &look.baseline, watcher };
            self.one_by_one(&apply, lock, &tasks)
        });
        Ok(paused?.map_or(Step::Done(()), Step::Again))
    }
}

/// Those that are to be reverted, newest first, or why they cannot be.
fn to_revert(
    context: &Context<'_>,
    records: &[Record],
    revert: Revert,
) -> Result<Vec<&'static Migration>, Error> {
    let applied = applied(context, records)?.into_iter().rev();
    let list: Vec<_> = match revert {
        Revert::Steps(steps) => applied.take(steps).collect(),
        Revert::To(version) => {
            let is_it = |migration: &Migration| migration.version() == version;
            if version != 0 && !context.migrations.iter().any(is_it) {
                return Err(Error::not_embedded(version));
            }
            applied.take_while(|migration| migration.version() > version).collect()
        }
    };
    let without: Vec<_> =
        list.iter().filter(|it| it.down().is_none()).map(|it| it.path()).collect();
    if without.is_empty() { Ok(list) } else { Err(trouble::no_down_files(&without)) }
}

/// Those that are applied, by version, or why nothing can be reverted: whatever a run is to leave
/// alone, nothing may be jumped over.
fn applied(context: &Context<'_>, records: &[Record]) -> Result<Vec<&'static Migration>, Error> {
    let plan = make_whole_plan(context, records)?;
    if let Some(newer) = plan.newer.last() {
        return Err(trouble::newer_than_this(newer));
    }
    if let Some(begun) = plan.pending.iter().find(|pending| pending.begun.is_some()) {
        return Err(trouble::is_begun(begun.migration));
    }
    Ok(plan.skipped)
}
