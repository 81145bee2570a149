use std::fs;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use local_postgres::SharedServer;
use postgres::{Client, NoTls};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::Result;
use crate::disk::Disk;

/// Whoever is no superuser gets the first 20 of the 300 connections only, so that a round can take all.
///
/// What was committed must survive `kill -9` of the server, but not of the machine.
const SETTINGS: [(&str, &str); 6] = [
    ("superuser_reserved_connections", "280"),
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("max_wal_size", "32MB"),
    ("shared_buffers", "16MB"),
    ("log_line_prefix", "%m [%p] %d "),
];
const PATIENCE: Duration = Duration::from_secs(60);

/// The role that migrates: an ordinary one, for superusers have connections in reserve.
pub(crate) const ROLE: &str = "chaos";

/// A server that is made to go down, and comes up again with its data.
#[derive(Debug)]
pub struct Server {
    directory: PathBuf,
    handle: Option<SharedServer>,
    // Dropped last: the server is on it.
    disk: Option<Disk>,
}

impl Server {
    /// A new one, with its data below this directory.
    ///
    /// # Errors
    ///
    /// PostgreSQL is not installed, or does not start.
    pub fn start(directory: &Path) -> Result<Self> {
        Self::on(directory, None)
    }

    /// A new one on a disk of its own, which is small.
    pub(crate) fn start_on_small_disk(directory: &Path) -> Result<Self> {
        Self::on(directory, Some(Disk::mount(directory)?))
    }

    fn on(directory: &Path, disk: Option<Disk>) -> Result<Self> {
        let mut server = Self { directory: directory.join("pg"), handle: None, disk };
        server.bring_up()?;
        let mut client = server.client("postgres")?;
        for (name, value) in SETTINGS {
            client.batch_execute(&format!("ALTER SYSTEM SET {name} = '{value}'"))?;
        }
        client.batch_execute(&format!("CREATE ROLE {ROLE} LOGIN"))?;
        server.restart()?;
        server.bring_up()?;
        Ok(server)
    }

    /// The URL of a database for a role, over the unix socket.
    ///
    /// # Errors
    ///
    /// The server was never started.
    pub fn url(&self, database: &str, role: &str) -> Result<String> {
        let url = self.handle()?.url(database);
        Ok(url.replacen("user=postgres", &format!("user={role}"), 1))
    }

    /// A connection of the superuser.
    ///
    /// # Errors
    ///
    /// The server is down, or there is no such database.
    pub fn client(&self, database: &str) -> Result<Client> {
        Ok(Client::connect(&self.url(database, "postgres")?, NoTls)?)
    }

    /// The unix socket, for a proxy.
    pub(crate) fn socket(&self) -> Result<PathBuf> {
        Ok(self.handle()?.directory().join(".s.PGSQL.5432"))
    }

    /// Shuts it down at once, as `pg_ctl stop -m immediate` does.
    pub(crate) fn restart(&mut self) -> Result<()> {
        self.end(Signal::QUIT)
    }

    /// Kills the postmaster.
    pub(crate) fn crash(&mut self) -> Result<()> {
        self.end(Signal::KILL)
    }

    fn end(&mut self, signal: Signal) -> Result<()> {
        if let Some(pid) = self.handle()?.postmaster_pid() {
            kill(pid, signal)?;
        }
        let socket = self.socket()?;
        until("the server is down", || UnixStream::connect(&socket).is_err())
    }

    /// Returns when it takes connections; starts it where it is down.
    pub(crate) fn bring_up(&mut self) -> Result<()> {
        let began = Instant::now();
        loop {
            let Err(problem) = self.handle().and_then(|_| self.client("postgres")) else {
                return Ok(());
            };
            if began.elapsed() > PATIENCE {
                return Err(format!("the server does not come up again: {problem}").into());
            }
            if !self.socket().is_ok_and(|socket| UnixStream::connect(socket).is_ok()) {
                self.open()?;
            }
            sleep(Duration::from_millis(5));
        }
    }

    /// Sessions of a postmaster that was killed keep a new one from starting until they are gone, and a
    /// full disk does until somebody makes room, as an administrator would; then there is another try.
    fn open(&mut self) -> Result<()> {
        match SharedServer::open(&self.directory) {
            Ok(handle) => self.handle = Some(handle),
            Err(error) => {
                log::info!("{error:?}");
                self.disk().map_or(Ok(()), Disk::empty)?;
            }
        }
        Ok(())
    }

    fn handle(&self) -> Result<&SharedServer> {
        self.handle.as_ref().ok_or_else(|| "the server does not start".into())
    }

    pub(crate) fn disk(&self) -> Option<&Disk> {
        self.disk.as_ref()
    }

    /// How much it has logged so far.
    pub(crate) fn log_length(&self) -> u64 {
        let path = self.handle().map(|handle| handle.directory().join("log"));
        path.ok().and_then(|path| fs::metadata(path).ok()).map_or(0, |found| found.len())
    }

    /// What it has logged since then.
    pub(crate) fn log_since(&self, length: u64) -> String {
        let log = self.handle().map(SharedServer::log).unwrap_or_default();
        usize::try_from(length).ok().and_then(|at| log.get(at..)).unwrap_or(&log).to_owned()
    }
}

/// Kills a process of a server, and returns when its postmaster has seen that; until then, the server
/// seems to be up, and goes down at any later moment.
pub(crate) fn kill_backend(pid: u32) -> Result<()> {
    kill(pid, Signal::KILL)?;
    let process = process(pid)?;
    until("the postmaster reaps its process", || {
        test_kill_process(process) == Err(rustix::io::Errno::SRCH)
    })
}

/// Sends a signal to a process that need not be our child.
pub(crate) fn kill(pid: u32, signal: Signal) -> Result<()> {
    match kill_process(process(pid)?, signal) {
        // It may have ended by itself.
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn process(pid: u32) -> Result<Pid> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    Ok(pid.ok_or("no such process")?)
}

/// Waits for something that comes to pass by itself. The minute is for a machine in trouble.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) -> Result<()> {
    let began = Instant::now();
    while !is_so() {
        if began.elapsed() > PATIENCE {
            return Err(format!("never came to pass: {what}").into());
        }
        sleep(Duration::from_millis(2));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn a_server_that_went_down_on_a_full_disk_comes_up_again() {
        let scratch = Scratch::new().unwrap();
        // Who has not the rights to mount gets no round with a full disk either.
        let Ok(mut server) = Server::start_on_small_disk(&scratch.path().join("small")) else {
            return;
        };
        // It takes its lock file away, and has no room for a new one.
        server.restart().unwrap();
        server.disk().unwrap().fill(0).unwrap();
        server.bring_up().unwrap();
    }

    #[test]
    fn a_server_is_up_for_good_after_one_of_its_processes_was_killed() {
        let scratch = Scratch::new().unwrap();
        let mut server = Server::start(scratch.path()).unwrap();
        for _ in 0..10 {
            let (mut victim, mut witness) =
                (server.client("postgres").unwrap(), server.client("postgres").unwrap());
            let pid: i32 = victim.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
            kill_backend(pid.unsigned_abs()).unwrap();
            server.bring_up().unwrap();
            assert!(witness.batch_execute("").is_err(), "the server has not gone down yet");
        }
    }
}
