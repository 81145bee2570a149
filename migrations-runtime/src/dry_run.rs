//! Runs what is pending in one transaction, and rolls it back.

use std::time::Duration;

use postgres::SimpleQueryRow;
use postgres::error::SqlState;

use crate::apply::{Apply, Outcome, Then};
use crate::cause::Cause;
use crate::context::Context;
use crate::error::Error;
use crate::failure::Left;
use crate::held::Lock;
use crate::hooks::Hooks;
use crate::locked::{Locked, with_lock};
use crate::migration::Migration;
use crate::options::Options;
use crate::plan::Plan;
use crate::report::Applied;
use crate::run::Run;
use crate::session::{Session, field};
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
    pub(crate) unclear: Option<Error>,
}

impl DryRun {
    /// What has passed, in order, and how long it took.
    #[must_use]
    pub fn tried(&self) -> &[Applied] {
        &self.tried
    }

    /// What could not be tried so: what runs outside of a transaction, what the server has refused
    /// although a run may have it accepted, and what stands behind an error.
    #[must_use]
    pub fn not_tried(&self) -> &[&'static Migration] {
        &self.not_tried
    }

    /// What the server has refused, and would refuse in a run, too.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// What the server has refused, but may accept in a run: a file that stands behind one that was left
    /// out, and may need it; or one that uses an enum's value before that is committed.
    #[must_use]
    pub fn unclear(&self) -> Option<&Error> {
        self.unclear.as_ref()
    }
}

/// Everything is in the transaction that holds the lock, and the session is ended with it.
pub(crate) fn dry_run(context: Context<'_>) -> Result<DryRun, Error> {
    let options = Options { hooks: Hooks::default(), ..context.options.clone() };
    let context = Context { options: &options, ..context };
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
        if let Err(error) = create(&mut session, &here.table, &place) {
            return self.again(error);
        }
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
            let sending = self.sending(transaction, *task, Then::Stay, rest);
            let cause = match self.send(apply, &mut lock.session, sending)? {
                Outcome::Applied { took, .. } => {
                    match self.watch(apply, task.file, &mut lock.session, check) {
                        Ok(()) => {
                            found.tried.push(Applied { migration: task.file, took, rows: None });
                            continue;
                        }
                        Err(error) => Cause::at_commit(error),
                    }
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
        let key = |it: &&'static Migration| (it.is_repeatable(), it.version());
        let is_behind = self.not_tried.first().is_some_and(|left_out| key(left_out) < key(&file));
        // A run commits the value before.
        let is_of_enum = error.code() == Some(&SqlState::UNSAFE_NEW_ENUM_VALUE_USAGE);
        self.not_tried.extend(rest);
        if is_behind || is_of_enum {
            self.not_tried.push(file);
            self.unclear = Some(error);
        } else {
            self.error = Some(error);
        }
        self.not_tried.sort_by_key(key);
    }
}

/// Has the server check what else it checks at `COMMIT`, and put off again what it puts off.
///
/// By name, for `SET CONSTRAINTS ALL` would also count for what later files create (see
/// `SetConstraintStateData` in `trigger.c`).
fn check(session: &mut Session) -> Result<(), postgres::Error> {
    let rows = session.query(DEFERRABLE)?;
    let names = |is_wanted: fn(&SimpleQueryRow) -> bool| {
        let names = rows.iter().filter(|row| is_wanted(row)).filter_map(|row| field(row, "name"));
        names.collect::<Vec<_>>().join(", ")
    };
    let all = names(|_| true);
    if all.is_empty() {
        return Ok(());
    }
    session.query(&format!("SET CONSTRAINTS {all} IMMEDIATE"))?;
    let deferred = names(|row| field(row, "deferred") == Some("t"));
    if deferred.is_empty() {
        return Ok(());
    }
    session.query(&format!("SET CONSTRAINTS {deferred} DEFERRED")).map(drop)
}

/// The constraints that may be put off, and which of them are without being told so. A name may be
/// that of several in one schema, of which none can be put off if one cannot.
const DEFERRABLE: &str = "\
    SELECT pg_catalog.format('%I.%I', n.nspname, c.conname) AS name, \
    pg_catalog.bool_and(c.condeferrable) AND pg_catalog.bool_or(c.condeferred) AS deferred \
    FROM pg_catalog.pg_constraint c \
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.connamespace \
    WHERE pg_catalog.has_schema_privilege(n.oid, 'USAGE') \
    AND NOT pg_catalog.pg_is_other_temp_schema(n.oid) \
    GROUP BY n.nspname, c.conname HAVING pg_catalog.bool_or(c.condeferrable)";

/// What can be tried, and what cannot.
fn tasks(plan: &Plan) -> (Vec<Task>, Vec<&'static Migration>) {
    let pending = plan.pending.iter().map(|pending| pending.migration);
    let (inside, outside): (Vec<_>, Vec<_>) = pending.partition(|it| it.is_transactional());
    let repeats = plan.repeats.iter().map(Task::from);
    (inside.into_iter().map(Task::apply).chain(repeats).collect(), outside)
}
