//! Work under the lock that is no run of what is pending.

use std::time::{Duration, Instant};

use crate::backoff::Backoff;
use crate::context::Context;
use crate::error::Error;
use crate::here::Here;
use crate::history::Place;
use crate::retries::Retries;
use crate::session::Session;
use crate::trouble;
use crate::turn::{Turn, holder, wait_for_turn};
use crate::work::{Look, Step, again, look};

/// What work under the lock begins with: a session in the transaction that holds it.
pub(crate) struct Locked<'a> {
    pub(crate) here: &'a Here,
    pub(crate) place: Place,
    pub(crate) session: Session,
    pub(crate) look: Look,
}

/// Takes the lock as a run does, reads what is recorded, and works; again after a pause, where the work
/// says so.
pub(crate) fn with_lock<T>(
    context: &Context<'_>,
    mut work: impl FnMut(Locked<'_>) -> Result<Step<T>, Error>,
) -> Result<T, Error> {
    context.go_on()?;
    let mut session = context.session()?;
    let here = context.here(&mut session)?;
    context.refuse_elsewhere(&mut session)?;
    let mut since = Instant::now();
    let mut retries = Retries::none();
    let mut backoff = Backoff::new(Duration::from_millis(10), Duration::from_millis(250));
    loop {
        let pause = match wait_for_turn(context, &here, session, since)? {
            Turn::Mine(mut session, place) => {
                trouble::refuse_open_transaction(&place)?;
                let step = match look(context, &mut session, &here.table, &place) {
                    Ok(look) => work(Locked { here: &here, place, session, look })?,
                    Err(error) => again(error, &mut retries, context.options)?,
                };
                match step {
                    Step::Done(done) => return Ok(done),
                    Step::Again(pause) => {
                        since = Instant::now();
                        pause
                    }
                }
            }
            // That nothing is pending is no reason not to do what was asked for, nor to wait for ever.
            Turn::Done(mut session) => {
                refuse_late(context, &here, &mut session, since)?;
                backoff.next()
            }
        };
        context.pause(pause)?;
        session = context.session()?;
    }
}

fn refuse_late(
    context: &Context<'_>,
    here: &Here,
    session: &mut Session,
    since: Instant,
) -> Result<(), Error> {
    let waited = since.elapsed();
    if waited < context.options.lock_deadline {
        return Ok(());
    }
    Err(Error::deadline(waited, holder(context, session, here)?))
}

impl Locked<'_> {
    /// Writes to the history, and commits.
    pub(crate) fn write(mut self, sql: &str) -> Result<(), Error> {
        write(&mut self.session, sql)
    }
}

/// Writes to the history in the transaction that holds the lock, and commits.
pub(crate) fn write(session: &mut Session, sql: &str) -> Result<(), Error> {
    session.query(sql).map_err(trouble::writing)?;
    session.end("COMMIT").map(drop).map_err(trouble::writing)
}
