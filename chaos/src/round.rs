use std::time::Duration;

use crate::Result;
use crate::checker::{Checker, Claims, Stage};
use crate::child::End;
use crate::database::Database;
use crate::migrate::{pool, runner};
use crate::plan::Plan;
use crate::recover::{Recovery, recover};
use crate::server::Server;
use crate::strike::{Place, Played, Scene};

/// How long the server may go on for a process that is gone: no statement of a round takes as long.
const PATIENCE: Duration = Duration::from_secs(20);
const PANICKED: i32 = 101;

/// What came of a round.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) processes: usize,
    pub(crate) killed: usize,
    /// Those that ended with an error.
    pub(crate) failed: usize,
    pub(crate) cuts: u32,
    /// Answers that somebody must look.
    pub(crate) doubts: usize,
    pub(crate) recovery: Duration,
    /// What is wrong; nothing should be.
    pub(crate) complaints: Vec<String>,
}

/// Runs a round in a database of its own. After a complaint, the database stays.
pub(crate) fn run(plan: &Plan, place: Place<'_>, server: &mut Server) -> Result<Outcome> {
    let database = Database::create(server, &format!("round_{}", plan.seed))?;
    let played = Scene::new(plan, place, server, &database).play()?;
    let mut outcome = Outcome::of(plan, &played);
    let checker = Checker { kind: plan.kind, is_hooked: plan.is_hooked, patience: PATIENCE };
    let mut claims = Claims::of(&played.ends, plan.crashes_server());
    if plan.looks_first {
        let complaints = checker.check(&mut database.client(server)?, Stage::Between, &claims)?;
        outcome.complain("before the clean start", complaints);
    }
    let set = (plan.kind, plan.is_hooked);
    let recovery = recover(place.program, place.logs, server, &database, set)?;
    claims.add(&recovery.ends);
    outcome.add(recovery);
    let complaints = checker.check(&mut database.client(server)?, Stage::Finished, &claims)?;
    outcome.complain("after the clean start", complaints);
    outcome.complaints.extend(check_current(plan, server, &database)?);
    if outcome.complaints.is_empty() {
        database.drop(server)?;
    }
    Ok(outcome)
}

/// The next start has nothing to do.
fn check_current(plan: &Plan, server: &Server, database: &Database) -> Result<Option<String>> {
    let pool = pool(&database.url(server)?)?;
    Ok(match runner(plan.kind).run(&pool) {
        Ok(report) if report.applied().is_empty() && report.repeated().is_empty() => None,
        Ok(report) => Some(format!("one more start does something: {report}")),
        Err(error) => Some(format!("one more start fails: {error}")),
    })
}

impl Outcome {
    fn of(plan: &Plan, played: &Played) -> Self {
        let ends = &played.ends;
        let count = |is_so: fn(&End) -> bool| ends.iter().filter(|end| is_so(end)).count();
        let mut outcome = Self {
            processes: plan.processes.len(),
            killed: count(|end| end.is_killed),
            failed: count(|end| end.code.is_some_and(|code| code != 0)),
            cuts: played.cuts,
            doubts: count(|end| end.doubt.is_some()),
            ..Self::default()
        };
        let hung = played.hung.iter().map(|number| format!("process {number} does not end"));
        outcome.complaints.extend(hung);
        outcome.complaints.extend(ends.iter().filter_map(|end| check_end(plan, end)));
        outcome
    }

    fn add(&mut self, recovery: Recovery) {
        self.recovery = recovery.took;
        self.doubts += recovery.doubts as usize;
        self.complaints.extend(recovery.complaints);
    }

    fn complain(&mut self, when: &str, complaints: Vec<String>) {
        self.complaints.extend(complaints.into_iter().map(|it| format!("{when}: {it}")));
    }
}

/// Where nobody does harm, nobody fails; and nobody panics, or ends by a signal that we have not sent.
fn check_end(plan: &Plan, end: &End) -> Option<String> {
    let problem = match end.code {
        Some(0) => return None,
        Some(1) if !plan.is_harmless() || end.has_nothing_to_revert() => return None,
        None if end.is_killed => return None,
        Some(PANICKED) => "panicked",
        Some(_) => "failed without a reason",
        None => "was ended by a signal that was not ours",
    };
    Some(format!("a process {problem}:\n{}", end.log))
}
