//! The tables, in the order in which they are measured.

mod compile;
mod error;
mod first_apply;
mod memory;
mod nothing_pending;
mod profile;
mod round_trips;
mod size;
mod together;
mod waiting;

use std::cell::OnceCell;

use crate::Result;
use crate::programs::build_contestants;
use crate::server::Server;
use crate::table::{Cell, Order, fill, is_full};

/// What is measured on a server, with the contestants.
struct Table {
    name: &'static str,
    /// Of each cell.
    samples: usize,
    cells: for<'a> fn(&'a Server) -> Vec<Cell<'a>>,
}

const ON_A_SERVER: [Table; 7] = [
    // Counts do not vary, and neither does the memory that is taken by much.
    Table { name: "round-trips", samples: 3, cells: round_trips::cells },
    Table { name: "nothing-pending", samples: 31, cells: nothing_pending::cells },
    Table { name: "first-apply", samples: 15, cells: first_apply::cells },
    Table { name: "together", samples: 15, cells: together::cells },
    Table { name: "waiting", samples: 15, cells: waiting::cells },
    Table { name: "memory", samples: 5, cells: memory::cells },
    Table { name: "error", samples: 15, cells: error::cells },
];

/// What needs cargo only.
struct Build {
    name: &'static str,
    samples: usize,
    measure: fn(&'static str, usize, &Order) -> Result,
}

const OF_BUILDS: [Build; 6] = [
    Build { name: "size", samples: 1, measure: size::measure },
    Build { name: "profile", samples: 1, measure: profile::measure },
    Build { name: "many", samples: 15, measure: compile::measure },
    Build { name: "large", samples: 15, measure: compile::measure },
    Build { name: "phases", samples: 15, measure: compile::measure },
    // The CPU time of minutes of work varies little.
    Build { name: "cold", samples: 3, measure: compile::measure },
];

/// Measures the tables with these names, or all, or none to write the report only.
pub(crate) fn measure(wanted: &[String], order: &Order) -> Result {
    check(wanted)?;
    let is_wanted = |name: &str| wanted.iter().any(|it| it == name || it == "all");
    let server = OnceCell::new();
    for Table { name, samples, cells } in &ON_A_SERVER {
        if is_wanted(name) && !is_full(name, *samples, order)? {
            let server = match server.get() {
                Some(server) => server,
                None => {
                    build_contestants()?;
                    let started = Server::start()?;
                    server.get_or_init(|| started)
                }
            };
            fill(name, *samples, cells(server), order)?;
        }
    }
    for Build { name, samples, measure } in &OF_BUILDS {
        if is_wanted(name) && !is_full(name, *samples, order)? {
            measure(name, *samples, order)?;
        }
    }
    Ok(())
}

fn check(wanted: &[String]) -> Result {
    let known: Vec<_> = names().chain(["all", "report"]).collect();
    if wanted.is_empty() || wanted.iter().any(|name| !known.contains(&name.as_str())) {
        return Err(format!("say which tables: {}", known.join(", ")).into());
    }
    Ok(())
}

/// Of all tables.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    ON_A_SERVER.iter().map(|table| table.name).chain(OF_BUILDS.iter().map(|table| table.name))
}
