//! Starting and stopping a server that belongs to no process in particular.

use crate::cluster::Cluster;
use crate::command;
use crate::error::Error;
use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

pub(crate) const PORT: u16 = 5432;

/// The server works in the data directory, so `..` is ours, whatever characters its path has.
const OPTIONS: &str = "-k .. -p 5432 -c listen_addresses= -c max_connections=300";
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether it had to be started. Somebody who was killed may have left it half up or half down.
pub(crate) fn bring_up(cluster: &Cluster) -> Result<bool, Error> {
    create_once(cluster)?;
    let deadline = Instant::now() + PATIENCE;
    while !is_up(cluster) {
        if !is_alive(cluster) {
            return start(cluster).map(|()| true);
        }
        if Instant::now() > deadline {
            return Err(Error::not_started(&cluster.directory, &cluster.log()));
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(false)
}

pub(crate) fn stop(cluster: &Cluster) -> Command {
    pg_ctl(cluster, &["stop", "-w", "-m", "fast"])
}

/// An `initdb` that was interrupted leaves only the unfinished directory.
fn create_once(cluster: &Cluster) -> Result<(), Error> {
    if cluster.data().is_dir() {
        return Ok(());
    }
    let unfinished = cluster.directory.join("unfinished");
    if unfinished.is_dir() {
        fs::remove_dir_all(&unfinished).map_err(Error::io("remove", &unfinished))?;
    }
    cluster.initdb(&unfinished, &[])?;
    fs::rename(&unfinished, cluster.data()).map_err(Error::io("rename", &unfinished))
}

fn is_up(cluster: &Cluster) -> bool {
    cluster.says_ready() && cluster.is_listening(PORT)
}

fn is_alive(cluster: &Cluster) -> bool {
    command::run(pg_ctl(cluster, &["status"])).is_ok()
}

/// `pg_ctl` puts the server into a session of its own and its output into the log.
fn start(cluster: &Cluster) -> Result<(), Error> {
    let mut command = pg_ctl(cluster, &["start", "-w", "-t", "60", "-o", OPTIONS, "-l"]);
    command.arg("log");
    command::run(command).map_err(|said| {
        let log = format!("{}\n{said}", cluster.log());
        Error::not_started(&cluster.directory, &log)
    })
}

/// `pg_ctl` makes a shell command of what it gets, so it gets paths relative to our directory.
fn pg_ctl(cluster: &Cluster, arguments: &[&str]) -> Command {
    let mut command = cluster.command("pg_ctl");
    command.args(["-D", "data"]).args(arguments);
    command
}
