//! What people have found out about a migration, for the next run to go by.

use std::time::Instant;

use crate::context::Context;
use crate::error::Error;
use crate::history::{Record, Table, Verdict};
use crate::inspect::read;
use crate::journal::Journal;
use crate::left_behind::LeftBehind;
use crate::locked::write;
use crate::migration::Migration;
use crate::session::Session;
use crate::standing::Row;
use crate::trouble;
use crate::turn::{Turn, wait_for_turn};

/// What somebody has found out about a statement, or a migration, of which no run can tell whether it
/// is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolve {
    /// It has left nothing, or what it had left is removed: the next run runs it again.
    Retry,
    /// It is done: the next run goes on behind it.
    Done,
}

/// How people say it, for messages.
pub(crate) const RETRY: &str = "`Resolve::Retry` (on the command line, `resolve VERSION --retry`)";
pub(crate) const DONE: &str = "`Resolve::Done` (on the command line, `resolve VERSION --done`)";

/// Writes down what was found out, under the lock.
pub(crate) fn resolve(context: Context<'_>, version: i64, how: Resolve) -> Result<(), Error> {
    let is_it = |migration: &&Migration| migration.version() == version;
    let Some(migration) = context.migrations.iter().find(is_it) else {
        return Err(Error::nothing_to_resolve(version, "it is not among the embedded migrations"));
    };
    let mut session = context.session()?;
    let here = context.here(&mut session)?;
    let mut left_behind = LeftBehind::new();
    loop {
        let found = record(&context, &mut session, &here.table, version)?;
        let verdict = verdict(&found.row, how, version)?;
        let worker = found.row.journal.as_ref().and_then(|journal| journal.worker.as_ref());
        let pause = match worker {
            Some(worker) => left_behind.look(&context, &mut session, worker, migration)?,
            None => None,
        };
        if pause.is_none()
            && let Turn::Mine(mut locked, place) =
                wait_for_turn(&context, &here, session, Instant::now())?
        {
            trouble::refuse_open_transaction(&place)?;
            if record(&context, &mut locked, &here.table, version)?.row == found.row {
                return write(&mut locked, &here.table.verdict_sql(version, &verdict));
            }
        }
        context.pause(pause.unwrap_or_default())?;
        session = context.session()?;
    }
}

const APPLIED: &str = "it is applied already";
const NOT_BEGUN: &str = "it has not been begun; start, and it will be applied";

fn record(
    context: &Context<'_>,
    session: &mut Session,
    table: &Table,
    version: i64,
) -> Result<Record, Error> {
    let mut records = read(context, session, table)?.unwrap_or_default().into_iter();
    let record = records.find(|record| record.row.version == version);
    record.ok_or_else(|| Error::nothing_to_resolve(version, NOT_BEGUN))
}

fn verdict(row: &Row, how: Resolve, version: i64) -> Result<Verdict, Error> {
    let problem = match (&row.journal, how) {
        _ if row.finished => APPLIED,
        (None | Some(Journal { done: 0, in_flight: None, .. }), Resolve::Retry) => {
            return Ok(Verdict::NotBegun);
        }
        (None, Resolve::Done) => return Ok(Verdict::Applied),
        (Some(Journal { in_flight: Some(_), .. }), Resolve::Retry) => {
            return Ok(Verdict::StatementNotBegun);
        }
        (Some(Journal { done, in_flight: Some(in_flight), .. }), Resolve::Done) => {
            let checksum = in_flight.checksum.clone();
            return Ok(Verdict::StatementDone { statements: done + 1, checksum });
        }
        (Some(_), _) => {
            "no statement of it is in doubt; start, and it goes on where it had stopped"
        }
    };
    Err(Error::nothing_to_resolve(version, problem))
}

#[cfg(test)]
mod tests {
    use super::{Resolve, verdict};
    use crate::history::Verdict;
    use crate::journal::{InFlight, Journal};
    use crate::standing::Row;

    fn row(finished: bool, journal: Option<Journal>) -> Row {
        Row { version: 1, name: "a".into(), checksum: "b".into(), finished, journal }
    }

    fn journal(done: usize, is_in_flight: bool) -> Journal {
        let in_flight = is_in_flight.then(|| InFlight::parse("sha256:7 there"));
        Journal { done, in_flight, ..Journal::default() }
    }

    #[test]
    fn only_what_is_in_doubt_is_resolved() {
        use Resolve::{Done, Retry};
        let done = Verdict::StatementDone { statements: 3, checksum: "sha256:7".into() };
        let cases = [
            (true, None, Retry, None),
            (true, Some(journal(2, false)), Done, None),
            (false, None, Retry, Some(Verdict::NotBegun)),
            (false, None, Done, Some(Verdict::Applied)),
            (false, Some(journal(2, true)), Retry, Some(Verdict::StatementNotBegun)),
            (false, Some(journal(2, true)), Done, Some(done)),
            (false, Some(journal(0, false)), Retry, Some(Verdict::NotBegun)),
            (false, Some(journal(0, false)), Done, None),
            (false, Some(journal(2, false)), Retry, None),
            (false, Some(journal(2, false)), Done, None),
        ];
        for (finished, journal, how, expected) in cases {
            let row = row(finished, journal);
            assert_eq!(verdict(&row, how, 1).ok(), expected, "{row:?} {how:?}");
        }
    }
}
