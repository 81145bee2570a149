//! The model and the real runner: what the model says happens, happens with real processes and a real
//! server, message by message, and leaves there what the model says.

mod message;
mod stage;

use std::thread;

use migrations_model::{Action, Kind, Protocol, Role, Session, SessionId, State, Step, explore};
use migrations_tests::{Stepper, TestDatabase, Then};
use postgres::{Client, NoTls};
use stateright::Model;

use stage::Stage;

#[test]
fn of_files_in_transactions() {
    replay("model-inside", &[Kind::Inside, Kind::Inside]);
}

#[test]
fn of_a_statement_with_its_entry() {
    replay("model-joint", &[Kind::Joint]);
}

#[test]
fn of_a_statement_of_which_nobody_can_tell() {
    replay("model-opaque", &[Kind::Opaque]);
}

/// Such as the one that a runner opens to look how far a statement is, where that takes long.
#[test]
fn a_connection_on_which_nothing_was_held_back_is_not_cut() {
    let database = TestDatabase::new();
    let stepper = Stepper::new(database.socket(), |sql| sql.contains("held").then_some("held"));
    let connect = || Client::connect(&database.url_through(stepper.port()), NoTls).unwrap();
    let mut working = connect();
    let working = thread::spawn(move || working.batch_execute("SELECT 'held'"));
    assert_eq!(stepper.held(), "held");
    let mut looking = connect();
    stepper.cut(|_| true, Then::Cut);
    looking.batch_execute("").unwrap();
    assert!(working.join().unwrap().is_err());
}

/// The shortest way to each action in each step of the one whom it concerns.
fn replay(set: &'static str, kinds: &[Kind]) {
    let protocol = Protocol::new(kinds, 2, 1).by_message();
    let mut seen = Vec::new();
    let mut count = 0;
    for way in explore(&protocol).ways() {
        let states = states(&protocol, &way);
        let Some((last, before)) = way.last().zip(states.iter().nth_back(1)) else { continue };
        let key = key(*last, before);
        if !seen.contains(&key) && can_be_played(&way, &states) {
            seen.push(key);
            follow(set, &protocol, &way, &states);
            count += 1;
        }
    }
    assert!(count > 20, "only {count} ways");
}

fn states(protocol: &Protocol, way: &[Action]) -> Vec<State> {
    let mut states = protocol.init_states();
    for action in way {
        let last = states.last().unwrap();
        states.push(protocol.next_state(last, *action).unwrap());
    }
    states
}

/// Whether nobody takes the lock away between the answer upon which a runner looks whether it has it
/// still, and that look: a real runner looks at once.
fn can_be_played(way: &[Action], states: &[State]) -> bool {
    way.iter().zip(states).all(|(action, before)| match *action {
        Action::Cut(SessionId::Of(id, Role::Main))
        | Action::Terminate(SessionId::Of(id, Role::Main)) => {
            let worker = before.server.sessions.get(&SessionId::Of(id, Role::Worker));
            let is_to_look = matches!(before.runners[id].step, Step::WriteBegin(_));
            !(is_to_look && worker.is_some_and(Session::is_idle))
        }
        _ => true,
    })
}

/// What happens, to whom in which step, and whether within a file.
fn key(action: Action, state: &State) -> (String, Option<Step>, bool) {
    let kind = format!("{action:?}");
    let kind = kind.split('(').next().unwrap().to_owned();
    let (runner, session) = match action {
        Action::Client(id) | Action::Crash(id) => (Some(id), None),
        Action::Server(id) | Action::Cut(id) | Action::Terminate(id) => match id {
            SessionId::Of(runner, role) => (Some(runner), Some((id, role))),
            SessionId::Orphan(_) => (None, Some((id, Role::Main))),
        },
        _ => (None, None),
    };
    let is_at_gate = state.server.sessions.values().any(Session::is_at_gate);
    let role = session.map(|(_, role)| format!("{kind} {role:?}"));
    (role.unwrap_or(kind), runner.map(|id| state.runners[id].step), is_at_gate)
}

fn follow(set: &'static str, protocol: &Protocol, way: &[Action], states: &[State]) {
    let mut stage = Stage::new(set, protocol);
    for (action, pair) in way.iter().zip(states.windows(2)) {
        stage.play(*action, &pair[0], &pair[1]);
        stage.compare(&pair[1]);
    }
    stage.finish(states.last().unwrap());
}
