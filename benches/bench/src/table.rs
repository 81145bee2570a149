//! Takes the samples of a table, its cells in turn.

use crate::Result;
use crate::samples::{Sample, Samples};

/// What the user wants.
#[derive(Debug)]
pub(crate) struct Order {
    /// Of each cell; by default as many as the table says.
    pub(crate) samples: Option<usize>,
    /// Forgets what was measured before.
    pub(crate) again: bool,
}

/// One thing that is measured of one contestant.
pub(crate) struct Cell<'a> {
    pub(crate) name: String,
    take: Box<dyn FnMut() -> Result<Sample> + 'a>,
}

impl<'a> Cell<'a> {
    pub(crate) fn new(name: String, take: impl FnMut() -> Result<Sample> + 'a) -> Self {
        Self { name, take: Box::new(take) }
    }
}

/// Takes one sample of each cell before the next of any, beginning with another cell each time, so
/// that what else the machine does falls on all alike.
pub(crate) fn fill(table: &str, samples: usize, mut cells: Vec<Cell<'_>>, order: &Order) -> Result {
    let wanted = order.samples.unwrap_or(samples);
    let known = if order.again { None } else { Samples::load(table)? };
    let mut samples = known.unwrap_or_else(Samples::new);
    for round in 0..wanted {
        let begin = round % cells.len().max(1);
        cells.rotate_left(begin);
        for cell in &mut cells {
            if samples.count(&cell.name) > round {
                continue;
            }
            let sample =
                (cell.take)().map_err(|error| format!("{table}, {}: {error}", cell.name))?;
            eprintln!("{table} {}/{wanted}: {}: {sample:?}", round + 1, cell.name);
            samples.push(&cell.name, sample);
            samples.save(table)?;
        }
        cells.rotate_right(begin);
    }
    Ok(())
}

/// Whether all samples are there already, so that nothing has to be built for them.
pub(crate) fn is_full(table: &str, samples: usize, order: &Order) -> Result<bool> {
    let wanted = order.samples.unwrap_or(samples);
    let known = if order.again { None } else { Samples::load(table)? };
    Ok(known.is_some_and(|known| {
        known.cells().count() > 0 && known.cells().all(|(cell, _)| known.count(cell) >= wanted)
    }))
}
