//! How long a first start takes, on an empty database.

use std::time::Duration;

use crate::Result;
use crate::performer::Performer;
use crate::programs::{ALL, Contestant};
use crate::proxy::Proxy;
use crate::samples::Sample;
use crate::server::Server;
use crate::table::Cell;

pub(super) fn cells(server: &Server) -> Vec<Cell<'_>> {
    let mut cells = Vec::new();
    for (set, milliseconds) in [("1000", 0), ("100", 10)] {
        for contestant in ALL {
            let name = format!("{set} at {milliseconds} ms/{contestant}");
            let round_trip = Duration::from_millis(milliseconds);
            cells.push(Cell::new(name, move || sample(server, contestant, set, round_trip)));
        }
    }
    cells
}

fn sample(
    server: &Server,
    contestant: Contestant,
    set: &str,
    round_trip: Duration,
) -> Result<Sample> {
    let database = server.database()?;
    let url = if round_trip.is_zero() {
        database.url()
    } else {
        database.url_through(Proxy::new(server.port(), round_trip)?.port())
    };
    let mut performer = Performer::start(contestant, &url)?;
    performer.ask("connect")?;
    let took = performer.ask(&format!("run {set}"))?.took;
    Ok(vec![("seconds", took.as_secs_f64())])
}
