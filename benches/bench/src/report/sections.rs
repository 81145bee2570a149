//! What was measured, a section for each table.

mod builds;
mod runs;

use crate::programs::Contestant;
use crate::report::figures::{spread_or_dash, table};
use crate::report::picture::{Group, Picture};
use crate::report::results::Results;

pub(crate) struct Section {
    pub(crate) title: &'static str,
    pub(crate) text: String,
    pub(crate) picture: Option<Picture>,
}

/// Those of what has been measured.
pub(crate) fn all(results: &Results) -> Vec<Section> {
    let sections = [
        ("round-trips", runs::round_trips as fn(&Results) -> Section),
        ("nothing-pending", runs::nothing_pending),
        ("first-apply", runs::first_apply),
        ("together", runs::together),
        ("waiting", runs::waiting),
        ("cold", builds::cold),
        ("many", builds::touched),
        ("size", builds::size),
        ("memory", runs::memory),
        ("error", runs::error),
        ("profile", builds::profile),
    ];
    let is_measured = |name: &str| !results.cells(name).is_empty();
    sections
        .into_iter()
        .filter(|(name, _)| is_measured(name))
        .map(|(_, make)| make(results))
        .collect()
}

/// A column: its head, a cell's name without the contestant, what was measured, and a factor.
type Column<'a> = (&'a str, &'a str, &'a str, f64);

fn grid(results: &Results, name: &str, who: &[Contestant], columns: &[Column<'_>]) -> String {
    let heads = columns.iter().map(|(head, ..)| (*head).to_string());
    let head: Vec<_> = std::iter::once(String::new()).chain(heads).collect();
    let row = |who: &Contestant| {
        let cell = |(_, of, measure, factor): &Column<'_>| {
            spread_or_dash(results.summary(name, &format!("{of}/{who}"), measure), *factor)
        };
        std::iter::once(who.to_string()).chain(columns.iter().map(cell)).collect()
    };
    table(&head, &who.iter().map(row).collect::<Vec<_>>())
}

fn groups(results: &Results, name: &str, who: &[Contestant], columns: &[Column<'_>]) -> Vec<Group> {
    let group = |(head, of, measure, factor): &Column<'_>| {
        let bar = |who: &Contestant| {
            let median = results.median(name, &format!("{of}/{who}"), measure)?;
            Some((who.to_string(), median * factor))
        };
        Group { label: (*head).into(), bars: who.iter().filter_map(bar).collect() }
    };
    columns.iter().map(group).collect()
}
