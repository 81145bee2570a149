//! Looks, on a thread of its own, at what the server does for a run: who is in its way and how far it
//! is; and cancels it when the run is told to stop.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use postgres::{CancelToken, SimpleQueryRow};

use crate::context::Context;
use crate::lock::{AS_WHO_LOGGED_IN, Holder, blockers_sql};
use crate::migration::Migration;
use crate::observer::TARGET;
use crate::progress::{INTERVAL, LOG_INTERVAL, Phase, Progress};
use crate::session::{Session, field};

/// Does the work of a run with a watcher at its side.
pub(crate) fn with_watcher<T>(context: &Context<'_>, work: impl FnOnce(&Watcher<'_>) -> T) -> T {
    let watcher = Watcher { context, holder: Mutex::default(), state: Mutex::default() };
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("watch-migrations".into());
        if let Err(error) = thread.spawn_scoped(scope, || watcher.look_on()) {
            log::warn!(target: TARGET, "No thread to look at the progress on: {error}");
        }
        let _ends = EndAtLast(&watcher);
        work(&watcher)
    })
}

pub(crate) struct Watcher<'a> {
    context: &'a Context<'a>,
    /// The session that holds the lock, while statements run in another one.
    holder: Mutex<Option<Session>>,
    state: Mutex<State>,
}

/// What is looked at.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) migration: &'static Migration,
    /// From 1, where statements run one by one.
    pub(crate) statement: Option<usize>,
    pub(crate) rows: Option<u64>,
    /// The server's process.
    pub(crate) pid: i32,
    pub(crate) lock_timeout: Duration,
    /// Since when it runs, for people.
    pub(crate) began: Instant,
}

impl Watcher<'_> {
    /// Does work in a session, and returns the last who was seen in its way.
    pub(crate) fn watch<T>(
        &self,
        subject: Subject,
        session: &mut Session,
        work: impl FnOnce(&mut Session) -> T,
    ) -> (T, Option<Holder>) {
        self.look_at(Task::new(subject, session.cancel_token()));
        let result = work(session);
        (result, self.look_away())
    }

    fn look_at(&self, task: Task) {
        self.change(|state| state.task = Some(task));
    }

    fn look_away(&self) -> Option<Holder> {
        self.state().task.take()?.blocker
    }

    /// Keeps this session from here on, which holds the lock in a transaction, and sends it something
    /// now and then: the server ends the session of a process that is stopped or cut off.
    pub(crate) fn keep(&self, holder: Session, migration: &'static Migration) {
        *self.holder() = Some(holder);
        self.change(|state| state.beat = Some((migration, Instant::now() + BEAT)));
    }

    pub(crate) fn give_back(&self) -> Option<Session> {
        self.change(|state| state.beat = None);
        self.holder().take()
    }

    /// Whether the session that is kept still holds the lock, for all that the client can know.
    ///
    /// It is sent a comment and nothing else. A statement would have a snapshot, and who builds an
    /// index at that moment would wait for the end of this transaction, which waits for the index; see
    /// [`LeftBehind`](crate::left_behind::LeftBehind). The comment is for those who look at
    /// `pg_stat_activity`, among them our own waiters.
    pub(crate) fn holds_lock(&self, migration: &Migration) -> bool {
        let comment = format!("/* applying {} outside of a transaction */", migration.file_name());
        self.holder().as_mut().is_some_and(|holder| holder.query(&comment).is_ok())
    }

    fn holder(&self) -> MutexGuard<'_, Option<Session>> {
        self.holder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread is woken only where it would sleep for too long: most files are applied sooner than
    /// it would look at them.
    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        state.serial += 1;
        change(&mut state);
        let is_late = state.is_over || state.next().is_some_and(|next| state.wakes_after(next));
        drop(state);
        if is_late {
            self.context.options.stop.wake();
        }
    }
}

/// Also at an end by panic: the scope waits for the thread.
struct EndAtLast<'a>(&'a Watcher<'a>);

impl Drop for EndAtLast<'_> {
    fn drop(&mut self) {
        self.0.change(|state| state.is_over = true);
    }
}

#[derive(Default)]
struct State {
    task: Option<Task>,
    /// For which migration a session is kept, and when it is to be sent something.
    beat: Option<(&'static Migration, Instant)>,
    /// Changes when the rest does.
    serial: u64,
    is_over: bool,
    /// Until when the thread sleeps, if it is not woken.
    sleeps_until: Option<Instant>,
}

struct Task {
    subject: Subject,
    cancel: CancelToken,
    next: Instant,
    logged: Instant,
    is_cancelled: bool,
    blocker: Option<Holder>,
}

/// A sixth of the time after which the server ends a session that is idle in its transaction.
const BEAT: Duration = Duration::from_secs(10);

enum Due {
    End,
    Beat(&'static Migration),
    Look(u64, Subject),
    Cancel,
}

impl Task {
    /// The first look is before a short wait for a lock has ended.
    fn new(subject: Subject, cancel: CancelToken) -> Self {
        let now = Instant::now();
        let first = match subject.lock_timeout {
            Duration::ZERO => INTERVAL,
            timeout => (timeout / 2).min(INTERVAL),
        };
        let (is_cancelled, blocker) = (false, None);
        Self { subject, cancel, next: now + first, logged: now, is_cancelled, blocker }
    }

    fn is_due(&self) -> bool {
        Instant::now() >= self.next
    }
}

impl State {
    fn due(&self, is_stopped: bool) -> Option<Due> {
        if self.is_over {
            return Some(Due::End);
        }
        if let Some((migration, at)) = self.beat
            && Instant::now() >= at
        {
            return Some(Due::Beat(migration));
        }
        let task = self.task.as_ref()?;
        if is_stopped {
            return (!task.is_cancelled || task.is_due()).then_some(Due::Cancel);
        }
        task.is_due().then(|| Due::Look(self.serial, task.subject.clone()))
    }

    /// When something is due next.
    fn next(&self) -> Option<Instant> {
        let (task, beat) = (self.task.as_ref().map(|task| task.next), self.beat.map(|(_, at)| at));
        task.into_iter().chain(beat).min()
    }

    fn wakes_after(&self, moment: Instant) -> bool {
        self.sleeps_until.is_none_or(|until| until > moment)
    }
}

impl Watcher<'_> {
    fn look_on(&self) {
        loop {
            match self.next() {
                Due::End => return,
                Due::Beat(migration) => self.beat(migration),
                Due::Look(serial, subject) => self.look(serial, &subject),
                Due::Cancel => self.cancel(),
            }
        }
    }

    fn next(&self) -> Due {
        let stop = &self.context.options.stop;
        loop {
            let is_stopped = stop.is_stopped();
            let (serial, until) = {
                let mut state = self.state();
                if let Some(due) = state.due(is_stopped) {
                    return due;
                }
                state.sleeps_until = state.next();
                (state.serial, state.sleeps_until)
            };
            let patience = until.map(|until| until.saturating_duration_since(Instant::now()));
            stop.wait(patience, |is_stopped| {
                let state = self.state();
                state.serial == serial && state.due(is_stopped).is_none()
            });
        }
    }

    fn beat(&self, migration: &'static Migration) {
        self.holds_lock(migration);
        if let Some((_, at)) = &mut self.state().beat {
            *at = Instant::now() + BEAT;
        }
    }

    fn look(&self, serial: u64, subject: &Subject) {
        let rows = self.ask(&look_sql(subject.pid)).unwrap_or_default();
        let blocker = Holder::read(&rows);
        let mut state = self.state();
        if serial != state.serial {
            return;
        }
        let Some(task) = state.task.as_mut() else { return };
        let shall_log = task.logged.elapsed() >= LOG_INTERVAL;
        if shall_log {
            task.logged = Instant::now();
        }
        task.next = Instant::now() + INTERVAL;
        task.blocker = blocker.clone().or(task.blocker.take());
        let progress = progress(subject, &rows, blocker);
        drop(state);
        self.tell(&progress, shall_log);
    }

    /// An observer that panics must not end what else this thread is for.
    fn tell(&self, progress: &Progress, shall_log: bool) {
        let tell = || self.context.observers.progress(progress, shall_log);
        if catch_unwind(AssertUnwindSafe(tell)).is_err() {
            log::error!(target: TARGET, "The observer panicked when it was told of the progress");
        }
    }

    /// It holds the state, so that the task cannot end meanwhile. What the server is asked may still
    /// come late; who writes to the history behind a task expects that.
    ///
    /// Where the client will not send the request, another session asks for the same.
    fn cancel(&self) {
        let mut state = self.state();
        let Some(task) = state.task.as_mut() else { return };
        (task.is_cancelled, task.next) = (true, Instant::now() + INTERVAL);
        if let Err(error) = self.context.options.stop.cancel(&task.cancel) {
            log::warn!(target: TARGET, "Cancelling over a session of the pool: {error}");
            let pid = task.subject.pid;
            let cancel = format!("SELECT pg_catalog.pg_cancel_backend({pid})");
            drop(self.ask(&format!("{AS_WHO_LOGGED_IN}; {cancel}")));
        }
    }

    /// Asks through a session of the pool, if it has one to give besides those that work.
    fn ask(&self, sql: &str) -> Option<Vec<SimpleQueryRow>> {
        const PATIENCE: Duration = Duration::from_millis(250);
        let working = 1 + u32::from(self.holder().is_some());
        if self.context.connections.size() <= working {
            return None;
        }
        Session::open_within(self.context.connections, PATIENCE).ok()?.query(sql).ok()
    }
}

fn look_sql(pid: i32) -> String {
    format!(
        "{AS_WHO_LOGGED_IN}; SELECT pg_catalog.concat_ws(' ', a.wait_event_type, a.wait_event) AS wait \
         FROM pg_catalog.pg_stat_get_activity({pid}) a; {}; {}",
        Phase::sql(&format!("SELECT {pid}")),
        blockers_sql(pid),
    )
}

fn progress(subject: &Subject, rows: &[SimpleQueryRow], blocker: Option<Holder>) -> Progress {
    let wait = rows.iter().find_map(|row| field(row, "wait")).filter(|wait| !wait.is_empty());
    Progress {
        migration: subject.migration,
        statement: subject.statement,
        elapsed: subject.began.elapsed(),
        phase: Phase::read(rows),
        wait: wait.map(Into::into),
        blocker,
        rows: subject.rows,
    }
}
