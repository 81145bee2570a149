use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::arguments::Arguments;
use crate::calibrate::undisturbed;
use crate::failure;
use crate::plan::Plan;
use crate::round;
use crate::scratch::Scratch;
use crate::server::Server;
use crate::sets::Kind;
use crate::strike::Place;
use crate::summary::Summary;

const TELL_EVERY: u64 = 100;

/// Many rounds.
#[derive(Debug)]
pub struct Campaign {
    arguments: Arguments,
    /// The seed of the first round.
    seed: u64,
    /// What the processes of a round run.
    program: PathBuf,
    next: AtomicU64,
    is_over: AtomicBool,
    failures: AtomicU64,
    summary: Mutex<Summary>,
}

impl Campaign {
    /// What the arguments ask for; `program` is the one that answers to `migrate`.
    #[must_use]
    pub fn new(arguments: Arguments, program: PathBuf) -> Self {
        let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..1 << 32));
        Self {
            arguments,
            seed,
            program,
            next: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
            failures: AtomicU64::new(0),
            summary: Mutex::default(),
        }
    }

    /// Runs all rounds, tells of those that went wrong as it goes, and returns how many did, with the
    /// summary.
    ///
    /// # Errors
    ///
    /// What the driver itself could not do.
    pub fn run(&self, tell: &(dyn Fn(&str) + Sync)) -> Result<(u64, String)> {
        let (began, seed, rounds) = (Instant::now(), self.seed, self.arguments.rounds);
        tell(&format!("rounds {seed} to {}", seed.wrapping_add(rounds.saturating_sub(1))));
        let jobs = u64::from(self.arguments.jobs).clamp(1, rounds.max(1));
        thread::scope(|scope| -> Result<()> {
            let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(|| self.work(tell))).collect();
            workers
                .into_iter()
                .try_for_each(|worker| worker.join().map_err(|_| "a worker panicked")?)
        })?;
        let failures = self.failures.load(Ordering::Relaxed);
        let mut text = self.summary().write(self.arguments.format)?;
        if self.arguments.format != crate::Format::Json {
            write!(text, "\n{failures} failures, {:.0?}\n", began.elapsed())?;
        }
        Ok((failures, text))
    }

    fn work(&self, tell: &(dyn Fn(&str) + Sync)) -> Result<()> {
        let mut worker = Worker::new(&self.program)?;
        while !self.is_over.load(Ordering::Relaxed) {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= self.arguments.rounds {
                break;
            }
            if number > 0 && number.is_multiple_of(TELL_EVERY) {
                tell(&format!("{number} rounds"));
            }
            let plan = Plan::new(self.seed.wrapping_add(number), self.arguments.given());
            self.round(&mut worker, &plan, tell)
                .inspect_err(|_| self.is_over.store(true, Ordering::Relaxed))?;
        }
        Ok(())
    }

    fn round(&self, worker: &mut Worker, plan: &Plan, tell: &(dyn Fn(&str) + Sync)) -> Result<()> {
        if let Some(why) = worker.cannot_try(plan) {
            self.summary().could_not_try(why);
            return Ok(());
        }
        let problem = match worker.round(plan) {
            Ok(outcome) => {
                self.summary().add(plan, &outcome);
                outcome.complaints.join("\n")
            }
            Err(error) => format!("the driver failed: {error}"),
        };
        if !problem.is_empty() {
            self.failures.fetch_add(1, Ordering::Relaxed);
            self.is_over.fetch_or(!self.arguments.keep_going, Ordering::Relaxed);
            tell(&self.failed(worker, plan, &problem)?);
        }
        Ok(())
    }

    fn failed(&self, worker: &Worker, plan: &Plan, problem: &str) -> Result<String> {
        let directory = &self.arguments.logs;
        let kept = failure::keep(directory, plan, problem, &worker.logs, &worker.server_log(plan))?;
        let disaster = self.arguments.disaster.map(|it| format!(" --disaster {it}"));
        Ok(format!(
            "FAILED: {plan}\n{problem}\nlogs: {}\nreplay: --seed {} --kind {}{}",
            kept.display(),
            plan.seed,
            plan.kind,
            disaster.unwrap_or_default()
        ))
    }

    fn summary(&self) -> std::sync::MutexGuard<'_, Summary> {
        self.summary.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One round after the other, on servers of its own.
struct Worker {
    program: PathBuf,
    server: Server,
    /// Started when it is first needed; or why it cannot be.
    small: Option<std::result::Result<Server, String>>,
    undisturbed: [Duration; 2],
    log_began: u64,
    logs: PathBuf,
    // Dropped last: everything is in it.
    scratch: Scratch,
}

impl Worker {
    fn new(program: &Path) -> Result<Self> {
        let scratch = Scratch::new()?;
        let logs = scratch.path().join("logs");
        fs::create_dir(&logs)?;
        let server = Server::start(scratch.path())?;
        let mut times = [Duration::ZERO; 2];
        for (time, kind) in times.iter_mut().zip(Kind::ALL) {
            *time = undisturbed(program, &logs, &server, kind)?;
        }
        let program = program.into();
        Ok(Self { program, server, small: None, undisturbed: times, log_began: 0, logs, scratch })
    }

    fn cannot_try(&mut self, plan: &Plan) -> Option<String> {
        if !plan.needs_small_disk() {
            return None;
        }
        let directory = self.scratch.path().join("small");
        let start = || Server::start_on_small_disk(&directory).map_err(|error| error.to_string());
        self.small.get_or_insert_with(start).as_ref().err().cloned()
    }

    fn round(&mut self, plan: &Plan) -> Result<round::Outcome> {
        fs::remove_dir_all(&self.logs)?;
        fs::create_dir(&self.logs)?;
        let undisturbed = self.undisturbed[plan.kind as usize];
        let place = Place { program: &self.program, logs: &self.logs, undisturbed };
        let small = self.small.as_mut().filter(|_| plan.needs_small_disk());
        let server = match small {
            Some(Ok(small)) => small,
            _ => &mut self.server,
        };
        self.log_began = server.log_length();
        round::run(plan, place, server)
    }

    fn server_log(&self, plan: &Plan) -> String {
        let server = match &self.small {
            Some(Ok(small)) if plan.needs_small_disk() => small,
            _ => &self.server,
        };
        server.log_since(self.log_began)
    }
}
