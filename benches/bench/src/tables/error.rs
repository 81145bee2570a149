//! How long it takes to tell where a large file is wrong.

use std::time::Duration;

use crate::Result;
use crate::performer::Performer;
use crate::programs::{Contestant, TOOLS};
use crate::proxy::Proxy;
use crate::samples::Sample;
use crate::server::Server;
use crate::table::Cell;

/// What is wrong with the file: its last statement is about a table that does not exist.
const WORD: &str = "no_such_table\" does not exist";

pub(super) fn cells(server: &Server) -> Vec<Cell<'_>> {
    let cell =
        |contestant| Cell::new(format!("5 MB/{contestant}"), move || sample(server, contestant));
    TOOLS.into_iter().map(cell).collect()
}

/// From the moment in which the server's error passes, to the rendered text: that is with all that is
/// asked of the server in between.
fn sample(server: &Server, contestant: Contestant) -> Result<Sample> {
    let database = server.database()?;
    let proxy = Proxy::looking_for(server.port(), Duration::ZERO, WORD)?;
    let mut performer = Performer::start(contestant, &database.url_through(proxy.port()))?;
    performer.ask("connect")?;
    performer.tell("run wrong")?;
    let answer = performer.answer()?;
    let failure = answer.failure.ok_or("nothing was wrong")?;
    let names_place = failure.text.contains(".sql:");
    Ok(vec![
        ("render", failure.rendered_in.as_secs_f64()),
        ("from the error to its text", answer.at.saturating_sub(proxy.spotted()?).as_secs_f64()),
        ("names the place", f64::from(u8::from(names_place))),
    ])
}
