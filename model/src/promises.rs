//! What must hold in each state, and what at the end.

use stateright::Property;

use crate::protocol::{Protocol, State};
use crate::runner::{Step, Why};
use crate::server::{Kind, Row};

pub(crate) fn all() -> Vec<Property<Protocol>> {
    vec![
        Property::always("each migration takes effect at most once", |_, state: &State| {
            state.server.effects.iter().all(|times| *times <= 1)
        }),
        Property::always("what is recorded is there, and what is there is recorded", is_true),
        Property::always("in order", is_in_order),
        Property::always("one holder of the lock at most", |_, state: &State| {
            state.server.holders() <= 1
        }),
        Property::always("files are run and rows are begun under the lock", is_under_lock),
        Property::always("who returns success finds all applied", is_success),
        Property::always("each migration is reported as applied by one runner", is_reported),
        Property::always("nobody is refused who was not stalled", |_, state: &State| {
            let is_refused = |step| step == Step::Failed(Why::Refused);
            state.has_stalled || !state.runners.iter().any(|runner| is_refused(runner.step))
        }),
        Property::always("in doubt is only what is recorded as begun", is_in_doubt),
        Property::always(
            "in the end all have succeeded, or are told of a doubt",
            |it: &Protocol, state: &State| !it.is_over(state) || has_ended_well(it, state),
        ),
    ]
}

/// A statement outside of a transaction is recorded as begun before it has an effect.
fn is_true(protocol: &Protocol, state: &State) -> bool {
    let server = &state.server;
    let mut all = protocol.kinds.iter().zip(&server.rows).zip(&server.effects);
    all.all(|((kind, row), effects)| {
        let (is_finished, is_there) = (row.is_some_and(|row| row.is_finished), *effects > 0);
        match kind {
            Kind::Inside => is_finished == is_there && row.is_none() != is_there,
            Kind::Joint => is_done(*row) == is_there && (!is_finished || is_there),
            Kind::Alone | Kind::Opaque => {
                (!is_done(*row) || is_there) && (!is_there || is_done(*row) || is_in_flight(*row))
            }
        }
    })
}

fn is_done(row: Option<Row>) -> bool {
    row.and_then(|row| row.journal).is_some_and(|journal| journal.is_done)
}

fn is_in_flight(row: Option<Row>) -> bool {
    row.and_then(|row| row.journal).is_some_and(|journal| journal.is_in_flight)
}

/// Nothing is begun before all below it is finished.
fn is_in_order(_: &Protocol, state: &State) -> bool {
    let rows = &state.server.rows;
    let is_finished = |row: &Option<Row>| row.is_some_and(|row| row.is_finished);
    rows.windows(2).all(|pair| pair[1].is_none() || is_finished(&pair[0]))
}

fn is_under_lock(_: &Protocol, state: &State) -> bool {
    let begins = |row: Row| row.journal.is_none();
    state.server.transactions().all(|transaction| {
        let has_begun = transaction.row.is_some_and(|(_, row)| begins(row));
        transaction.is_locked || !has_begun
    })
}

fn is_success(_: &Protocol, state: &State) -> bool {
    let has_succeeded = state.runners.iter().any(|runner| runner.step == Step::Succeeded);
    !has_succeeded || state.server.is_current()
}

fn is_reported(_: &Protocol, state: &State) -> bool {
    let rows = &state.server.rows;
    (0..rows.len()).all(|migration| {
        let report = |runner: &&crate::runner::Runner| runner.applied & 1 << migration != 0;
        let reports = state.runners.iter().filter(report).count();
        reports == 0 || reports == 1 && rows[migration].is_some_and(|row| row.is_finished)
    })
}

fn is_in_doubt(protocol: &Protocol, state: &State) -> bool {
    let is_told = state.runners.iter().any(|runner| runner.step == Step::Failed(Why::InDoubt));
    let of_opaque =
        |(kind, row): (&Kind, &Option<Row>)| *kind == Kind::Opaque && is_in_flight(*row);
    !is_told || protocol.kinds.iter().zip(&state.server.rows).any(of_opaque)
}

/// Nothing is open, and each runner has succeeded; where there is a doubt, all are told of it, and
/// whoever has not been is told of the failure of the one that has.
fn has_ended_well(_: &Protocol, state: &State) -> bool {
    let is_told = |step: &Step| matches!(step, Step::Failed(Why::InDoubt));
    let mut steps = state.runners.iter().map(|runner| runner.step);
    let in_doubt = state.server.rows.iter().any(|row| is_in_flight(*row));
    let has_ended = |step: Step| step == Step::Succeeded || in_doubt && is_told(&step);
    state.server.sessions.is_empty()
        && state.flights.iter().all(Option::is_none)
        && steps.all(has_ended)
}
