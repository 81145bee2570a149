//! How often the server is waited for, and how much it has to say.

use std::time::Duration;

use crate::Result;
use crate::performer::Performer;
use crate::programs::ALL;
use crate::proxy::{Proxy, Traffic};
use crate::samples::Sample;
use crate::server::{Database, Server};
use crate::table::Cell;

pub(super) fn cells(server: &Server) -> Vec<Cell<'_>> {
    let mut cells = Vec::new();
    for contestant in ALL {
        for set in ["10", "100", "1000"] {
            let name = format!("nothing pending, {set}/{contestant}");
            cells.push(Cell::new(name, move || {
                let database = server.migrated(contestant, set)?;
                run(server, &database, set, |url| Performer::start_again(contestant, url))
            }));
        }
        for set in ["10", "100"] {
            cells.push(Cell::new(format!("first apply, {set}/{contestant}"), move || {
                let database = server.database()?;
                run(server, &database, set, |url| Performer::start(contestant, url))
            }));
        }
    }
    cells
}

fn run(
    server: &Server,
    database: &Database<'_>,
    set: &str,
    start: impl Fn(&str) -> Result<Performer>,
) -> Result<Sample> {
    let proxy = Proxy::new(server.port(), Duration::ZERO)?;
    let mut performer = start(&database.url_through(proxy.port()))?;
    performer.ask("connect")?;
    let connecting = proxy.take();
    performer.ask(&format!("run {set}"))?;
    let Traffic { trips, up, down } = proxy.take();
    let said = proxy.take_said();
    let has_locked = said.contains("advisory") || said.contains("LOCK TABLE");
    Ok(vec![
        ("trips to connect", number(connecting.trips)),
        ("trips", number(trips)),
        ("bytes up", number(up)),
        ("bytes down", number(down)),
        ("locks", number(has_locked.into())),
    ])
}

#[expect(clippy::cast_precision_loss, reason = "bytes and messages, not more than 2⁵²")]
fn number(count: usize) -> f64 {
    count as f64
}
