//! How soon those who wait notice that the winner is done, and what their waiting costs the server.

use std::thread;
use std::time::{Duration, Instant};

use postgres::Client;

use crate::Result;
use crate::machine::time_of_children;
use crate::performer::Performer;
use crate::programs::Contestant::{self, Ours, Sqlx};
use crate::proxy::Proxy;
use crate::samples::Sample;
use crate::server::{Database, Server};
use crate::table::Cell;

const WAITING: usize = 64;
/// Sleeps on the server for some seconds, then creates a table of this name.
const SET: &str = "slow";
/// Until waiting has become a habit, and for how long it is watched then.
const SETTLE: Duration = Duration::from_secs(2);
const WATCH: Duration = Duration::from_secs(2);

/// Those that have a lock. With a proxy between, what the waiting ask is counted, too.
pub(super) fn cells(server: &Server) -> Vec<Cell<'_>> {
    let cell = |contestant| {
        Cell::new(format!("{WAITING} waiting/{contestant}"), move || sample(server, contestant))
    };
    vec![cell(Ours), cell(Sqlx)]
}

fn sample(server: &Server, contestant: Contestant) -> Result<Sample> {
    let (database, proxy) = (server.database()?, Proxy::new(server.port(), Duration::ZERO)?);
    let mut client = database.client()?;
    let mut winner = connected(contestant, &database.url())?;
    let url = database.url_through(proxy.port());
    let mut others =
        (0..WAITING).map(|_| connected(contestant, &url)).collect::<Result<Vec<_>>>()?;
    winner.tell(&format!("run {SET}"))?;
    wait_for_winner(&mut client)?;
    others.iter_mut().try_for_each(|it| it.tell(&format!("run {SET}")))?;
    thread::sleep(SETTLE);
    let load = load(server, &proxy)?;
    let answers = others.iter_mut().map(Performer::answer).collect::<Result<Vec<_>>>()?;
    if let Some(failure) = answers.iter().find_map(|answer| answer.failure.as_ref()) {
        return Err(failure.text.clone().into());
    }
    let committed = committed(&database)?;
    let mut delays: Vec<_> =
        answers.iter().map(|it| it.at.saturating_sub(committed).as_secs_f64()).collect();
    delays.sort_by(f64::total_cmp);
    let (last, middle) = (delays[WAITING - 1], delays[WAITING / 2]);
    Ok([vec![("last", last), ("middle", middle)], load].concat())
}

fn connected(contestant: Contestant, url: &str) -> Result<Performer> {
    let mut performer = Performer::start(contestant, url)?;
    performer.ask("connect")?;
    Ok(performer)
}

/// Returns when the winner's migration runs.
fn wait_for_winner(client: &mut Client) -> Result {
    let asleep = "SELECT count(*) FROM pg_stat_activity \
                  WHERE datname = current_database() AND wait_event = 'PgSleep'";
    let deadline = Instant::now() + Duration::from_secs(30);
    while client.query_one(asleep, &[])?.get::<_, i64>(0) == 0 {
        if Instant::now() > deadline {
            return Err("the winner does not begin".into());
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// Round trips of those who wait, and the time of the server's processes, in a second.
fn load(server: &Server, proxy: &Proxy) -> Result<Sample> {
    let (began, postmaster) = (Instant::now(), server.pid()?);
    let (_, before) = (proxy.take(), time_of_children(postmaster));
    thread::sleep(WATCH);
    let (traffic, used) = (proxy.take(), time_of_children(postmaster).saturating_sub(before));
    let seconds = began.elapsed().as_secs_f64();
    Ok(vec![
        ("trips a second", f64::from(u32::try_from(traffic.trips)?) / seconds),
        ("CPU of the server", used.as_secs_f64() / seconds),
    ])
}

/// When the server committed the winner's migration: it and the contestants have the same clock.
fn committed(database: &Database<'_>) -> Result<Duration> {
    let asked = "SELECT (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::bigint \
                 FROM pg_class WHERE relname = 'slow'";
    let microseconds: i64 = database.client()?.query_one(asked, &[])?.get(0);
    Ok(Duration::from_micros(microseconds.try_into()?))
}
