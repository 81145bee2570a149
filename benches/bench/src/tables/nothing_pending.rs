//! How long a start takes that has nothing to do.

use std::time::Duration;

use crate::Result;
use crate::performer::Performer;
use crate::programs::{ALL, Contestant};
use crate::proxy::Proxy;
use crate::samples::Sample;
use crate::server::{Database, Server};
use crate::table::Cell;

/// Further calls on the same connection, where statements are prepared and caches are warm.
const AGAIN: usize = 10;

pub(super) fn cells(server: &Server) -> Vec<Cell<'_>> {
    let mut cells = Vec::new();
    for set in ["10", "1000"] {
        for contestant in ALL {
            for milliseconds in [0, 1, 10] {
                let name = format!("{set} at {milliseconds} ms/{contestant}");
                let mut start = Start::new(server, contestant, set, milliseconds);
                cells.push(Cell::new(name, move || start.sample()));
            }
        }
    }
    cells
}

struct Start<'a> {
    server: &'a Server,
    contestant: Contestant,
    set: &'static str,
    round_trip: Duration,
    /// Made when it is needed first.
    place: Option<(Database<'a>, String)>,
}

impl<'a> Start<'a> {
    fn new(
        server: &'a Server,
        contestant: Contestant,
        set: &'static str,
        milliseconds: u64,
    ) -> Self {
        let round_trip = Duration::from_millis(milliseconds);
        Self { server, contestant, set, round_trip, place: None }
    }

    /// The first call on a new connection is what a start costs.
    fn sample(&mut self) -> Result<Sample> {
        let (set, contestant) = (self.set, self.contestant);
        let mut performer = Performer::start_again(contestant, self.url()?)?;
        let connect = performer.ask("connect")?.took;
        let mut run = || Ok(performer.ask(&format!("run {set}"))?.took);
        let first = run()?;
        let again = (0..AGAIN).map(|_| run()).collect::<Result<Vec<_>>>()?;
        let again = again.into_iter().min().unwrap_or_default();
        let [connect, first, again] = [connect, first, again].map(|it| it.as_secs_f64());
        Ok(vec![("connect", connect), ("first", first), ("again", again)])
    }

    /// Nothing stands between them where nothing is to be delayed.
    fn url(&mut self) -> Result<&str> {
        if self.place.is_none() {
            let database = self.server.migrated(self.contestant, self.set)?;
            let url = if self.round_trip.is_zero() {
                database.url()
            } else {
                database.url_through(Proxy::new(self.server.port(), self.round_trip)?.port())
            };
            self.place = Some((database, url));
        }
        self.place.as_ref().map(|(_, url)| url.as_str()).ok_or_else(|| "no database".into())
    }
}
