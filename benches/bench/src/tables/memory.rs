//! The most memory that a process has had.

use crate::performer::Performer;
use crate::programs::ALL;
use crate::server::Server;
use crate::table::Cell;

pub(super) fn cells(server: &Server) -> Vec<Cell<'_>> {
    let mut cells = Vec::new();
    for contestant in ALL {
        cells.push(Cell::new(format!("nothing pending, 1000/{contestant}"), move || {
            let database = server.migrated(contestant, "1000")?;
            let mut performer = Performer::start_again(contestant, &database.url())?;
            performer.ask("connect")?;
            let connected = performer.peak()?;
            performer.ask("run 1000")?;
            Ok(vec![("KiB connected", connected), ("KiB", performer.peak()?)])
        }));
        cells.push(Cell::new(format!("50 MB/{contestant}"), move || {
            let database = server.database()?;
            let mut performer = Performer::start(contestant, &database.url())?;
            performer.ask("connect")?;
            let took = performer.ask("run large")?.took.as_secs_f64();
            Ok(vec![("KiB", performer.peak()?), ("seconds", took)])
        }));
    }
    cells
}
