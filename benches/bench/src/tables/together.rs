//! How long many processes take that start at the same moment.

use crate::Result;
use crate::machine;
use crate::performer::Performer;
use crate::programs::{ALL, Contestant, TOOLS};
use crate::samples::Sample;
use crate::server::{Database, Server};
use crate::table::Cell;

const SET: &str = "20";

pub(super) fn cells(server: &Server) -> Vec<Cell<'_>> {
    let mut cells = Vec::new();
    for processes in [1, 64] {
        for contestant in TOOLS {
            cells.push(Cell::new(format!("pending, {processes}/{contestant}"), move || {
                sample(&server.database()?, contestant, processes, Performer::start)
            }));
        }
        for contestant in ALL {
            cells.push(Cell::new(
                format!("nothing pending, {processes}/{contestant}"),
                move || {
                    let database = server.migrated(contestant, SET)?;
                    sample(&database, contestant, processes, Performer::start_again)
                },
            ));
        }
    }
    cells
}

/// All are connected before any gets the word.
fn sample(
    database: &Database<'_>,
    contestant: Contestant,
    processes: usize,
    start: impl Fn(Contestant, &str) -> Result<Performer>,
) -> Result<Sample> {
    let start = || start(contestant, &database.url());
    let mut performers = (0..processes).map(|_| start()).collect::<Result<Vec<_>>>()?;
    performers.iter_mut().try_for_each(|it| it.tell("connect"))?;
    performers.iter_mut().try_for_each(|it| it.answer().map(drop))?;
    let began = machine::now();
    performers.iter_mut().try_for_each(|it| it.tell(&format!("run {SET}")))?;
    let answers = performers.iter_mut().map(Performer::answer).collect::<Result<Vec<_>>>()?;
    let last = answers.iter().map(|answer| answer.at).max().unwrap_or_default();
    let failed = answers.iter().filter(|answer| answer.failure.is_some()).count();
    Ok(vec![
        ("seconds", last.saturating_sub(began).as_secs_f64()),
        ("failed", f64::from(u32::try_from(failed)?)),
    ])
}
