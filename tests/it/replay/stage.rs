//! Real processes and a real server that do what the model says.

use migrations_model::{Action, Protocol, Role, Row, Session, SessionId, State, Step, Why};
use migrations_tests::{Gate, Starter, Stepper, TestDatabase, Then, eventually};

use super::message::name;
use crate::starter;

const SETUP: &str = "CREATE TABLE effects (migration integer); \
    CREATE PROCEDURE take_effect() LANGUAGE plpgsql AS $$ BEGIN \
    PERFORM pg_advisory_xact_lock(4711); INSERT INTO effects VALUES (0); COMMIT; END $$";

/// What is committed, and whether the lock is held.
const STATE: &str = "SELECT concat_ws(E'\\n', \
    (SELECT 'lock ' || count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid <> 4711 \
        AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())), \
    (SELECT string_agg(concat_ws(' ', 'effect', migration, n), E'\\n' ORDER BY migration) \
        FROM (SELECT migration, count(*) AS n FROM effects GROUP BY 1) e))";
const ROWS: &str = "SELECT coalesce(string_agg(concat_ws(' ', 'row', version - 1, duration IS NOT NULL, \
    coalesce(statements_done, 0), in_flight IS NOT NULL), E'\\n' ORDER BY version), 'no row') \
    FROM embedded_migrations";

pub(super) struct Stage {
    set: &'static str,
    protocol: Protocol,
    database: TestDatabase,
    gate: Gate,
    steppers: Vec<Stepper>,
    starters: Vec<Option<Starter>>,
}

impl Stage {
    pub(super) fn new(set: &'static str, protocol: &Protocol) -> Self {
        let runners = protocol.processes.len();
        let database = TestDatabase::new();
        database.execute(SETUP);
        let gate = Gate::close(&database);
        let stepper = |_| Stepper::new(database.socket(), name);
        let steppers = (0..runners).map(stepper).collect();
        let starters = (0..runners).map(|_| None).collect();
        Self { set, protocol: protocol.clone(), database, gate, steppers, starters }
    }

    pub(super) fn play(&mut self, action: Action, before: &State, after: &State) {
        match action {
            Action::Client(id) => self.client(id, before, after),
            Action::Server(session) => self.server(session, before, after),
            Action::Crash(id) => {
                self.starters[id].take().unwrap().kill();
                for role in [Role::Main, Role::Worker] {
                    if is_open(before, id, role) {
                        self.cut(id, role, then_of(before, id, role));
                    }
                }
                self.what_is_left_comes_to_the_gate(after);
            }
            Action::Cut(SessionId::Of(id, role)) => {
                self.cut(id, role, then_of(before, id, role));
                self.what_is_left_comes_to_the_gate(after);
                self.notice(id, role, before, after);
            }
            Action::Terminate(SessionId::Of(id, role)) => {
                if is_at_gate(before, id, role) {
                    self.gate.terminate();
                } else {
                    self.cut(id, role, Then::Cut);
                }
                self.notice(id, role, before, after);
            }
            other => panic!("{other:?} is not played"),
        }
    }

    fn cut(&self, id: usize, role: Role, then: Then) {
        self.steppers[id].cut(|last| role_of(last) == role, then);
    }

    /// The model has what was sent at the gate at once.
    fn what_is_left_comes_to_the_gate(&mut self, after: &State) {
        let mut sessions = after.server.sessions.iter();
        if sessions.any(|(id, it)| matches!(id, SessionId::Orphan(_)) && it.is_at_gate()) {
            self.gate.wait_until_reached();
        }
    }

    /// A runner that waits for a connection notices at once that it is lost.
    fn notice(&mut self, id: usize, role: Role, before: &State, after: &State) {
        if before.runners[id].step.role() == role {
            self.comes_to(id, after);
        }
    }

    /// The runner sends its next message, or comes to its end.
    fn client(&mut self, id: usize, before: &State, after: &State) {
        let (was, is) = (before.runners[id].step, after.runners[id].step);
        if was == Step::Start {
            self.start(id);
        }
        let next = self.protocol.next_step(before, id);
        if next != is && self.is_answered_at_once(before, id) {
            assert_eq!(self.steppers[id].held(), message_of(next));
            self.steppers[id].pass_and_wait();
        }
        self.comes_to(id, after);
    }

    fn comes_to(&mut self, id: usize, after: &State) {
        match after.runners[id].step {
            Step::Succeeded => self.ends(id, true),
            Step::Failed(Why::InDoubt) | Step::Start => self.ends(id, false),
            // Of what the last is for, there is nothing to see in the catalog.
            Step::WaitForTurn | Step::WaitForLeftBehind(_) | Step::Catalog(_) => {}
            step => self.sends(id, step, after),
        }
    }

    /// Whether it is this action in which the runner sends something that is answered before it ends.
    fn is_answered_at_once(&self, before: &State, id: usize) -> bool {
        let next = self.protocol.next_step(before, id);
        !matches!(
            next,
            Step::Succeeded
                | Step::Failed(_)
                | Step::Start
                | Step::WaitForTurn
                | Step::WaitForLeftBehind(_)
        ) && !matches!(next, Step::Catalog(_))
    }

    fn start(&mut self, id: usize) {
        let url = self.database.url_through(self.steppers[id].port());
        let mut started = Starter::with_url(starter(), &url, &["run", self.set]);
        started.wait_until_ready();
        started.go();
        self.starters[id] = Some(started);
    }

    fn ends(&mut self, id: usize, is_success: bool) {
        let outcome = self.starters[id].take().unwrap().outcome();
        assert_eq!(outcome.is_success, is_success, "{outcome:?}");
    }

    fn sends(&self, id: usize, step: Step, after: &State) {
        assert_eq!(self.steppers[id].held(), message_of(step));
        let session = &after.server.sessions[&SessionId::Of(id, step.role())];
        // What only reads, the model executes at once.
        if session.is_idle() {
            self.steppers[id].pass_and_wait();
        }
    }

    fn server(&mut self, session: SessionId, before: &State, after: &State) {
        let was_at_gate = before.server.sessions[&session].is_at_gate();
        let is_at_gate = after.server.sessions.get(&session).is_some_and(Session::is_at_gate);
        let is_executed = after.server.sessions.get(&session).is_some_and(Session::is_idle);
        if let SessionId::Of(id, _) = session {
            if !was_at_gate && is_executed {
                self.steppers[id].pass_and_wait();
            } else if !was_at_gate || !self.is_reached() {
                self.steppers[id].pass();
            }
        }
        if is_at_gate {
            eventually("the message is at the gate", || self.gate.waiting() == 1);
        } else if was_at_gate {
            self.pass_gate();
        }
        if let SessionId::Of(id, _) = session
            && before.runners[id].step != after.runners[id].step
        {
            self.comes_to(id, after);
        }
    }

    fn is_reached(&mut self) -> bool {
        self.gate.waiting() == 1
    }

    /// One passes, and the gate is closed behind it.
    fn pass_gate(&mut self) {
        eventually("the message is at the gate", || self.gate.waiting() == 1);
        self.gate.open();
        self.gate.close_again();
    }

    /// Waits until the server has come to where the model is.
    pub(super) fn compare(&self, state: &State) {
        let expected = told(state);
        let mut found = String::new();
        let is_so = || {
            found = self.told();
            found == expected
        };
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            eventually("as the model is", is_so);
        }));
        assert!(result.is_ok(), "found:\n{found}\nexpected:\n{expected}\n{state:#?}");
    }

    fn told(&self) -> String {
        let has_table = self.database.value("to_regclass('embedded_migrations') IS NOT NULL");
        let rows = if has_table == "true" { self.database.value(ROWS) } else { "no table".into() };
        format!("{}\n{rows}", self.database.value(STATE))
    }

    /// Holds nothing up any more: whoever has not come to an end comes to it now, in either way, and a
    /// last one finishes.
    pub(super) fn finish(mut self, state: &State) {
        self.gate.open();
        self.steppers.iter().for_each(Stepper::open);
        for starter in self.starters.iter_mut().filter_map(Option::take) {
            let _ = starter.outcome();
        }
        let mut last = Starter::new(starter(), &self.database, &["run", self.set]);
        last.wait_until_ready();
        last.go();
        let outcome = last.outcome();
        let is_in_doubt = outcome.lines[0].contains("cannot tell whether it is done");
        assert!(outcome.is_success || is_in_doubt, "{outcome:?}");
        let effects = self.database.value("SELECT count(*) FROM effects");
        let expected = state.server.effects.len().to_string();
        assert!(effects == expected || is_in_doubt && effects == "0", "{effects}");
    }
}

fn is_open(state: &State, id: usize, role: Role) -> bool {
    state.server.sessions.get(&SessionId::Of(id, role)).is_some_and(|session| !session.is_lost)
}

/// What has been sent, the server gets, and nothing else.
fn then_of(state: &State, id: usize, role: Role) -> Then {
    let session = &state.server.sessions[&SessionId::Of(id, role)];
    if session.is_idle() { Then::Cut } else { Then::PassAndCut }
}

/// Whether a message of this session waits at the gate: the server has all before it.
fn is_at_gate(state: &State, id: usize, role: Role) -> bool {
    let session = &state.server.sessions[&SessionId::Of(id, role)];
    session.is_at_gate() && (session.transaction.is_some() || role == Role::Main)
}

fn message_of(step: Step) -> String {
    let name = format!("{step:?}");
    name.split('(').next().unwrap().replace("AskAgain", "Ask")
}

fn role_of(name: &str) -> Role {
    let of_main = ["Ask", "TryLock", "Look", "Create", "Apply", "Transaction", "Hold"];
    if of_main.contains(&name) { Role::Main } else { Role::Worker }
}

fn told(state: &State) -> String {
    let server = &state.server;
    let effects = server.effects.iter().enumerate().filter(|(_, times)| **times > 0);
    let effects = effects.map(|(migration, times)| format!("\neffect {migration} {times}"));
    let rows = server.rows.iter().enumerate();
    let rows: Vec<_> = rows.filter_map(|(at, row)| Some(told_row(at, row.as_ref()?))).collect();
    let rows = match (server.has_table, rows.is_empty()) {
        (false, _) => "no table".into(),
        (true, true) => "no row".into(),
        (true, false) => rows.join("\n"),
    };
    format!("lock {}{}\n{rows}", server.holders(), effects.collect::<String>())
}

fn told_row(migration: usize, row: &Row) -> String {
    let t = |it: bool| if it { "t" } else { "f" };
    let is = |of: fn(&migrations_model::Journal) -> bool| row.journal.as_ref().is_some_and(of);
    let done = u8::from(is(|journal| journal.is_done));
    format!(
        "row {migration} {} {done} {}",
        t(row.is_finished),
        t(is(|journal| journal.is_in_flight))
    )
}
