use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};
use rustix::process::Signal;

use crate::Result;
use crate::child::{Child, End, Task};
use crate::database::Database;
use crate::plan::{Plan, Process, Strike};
use crate::proxy::Proxy;
use crate::server::{ROLE, Server, kill_backend};

/// More than ordinary roles can have.
const CONNECTIONS: usize = 30;
/// Longer than anything that a process may wait for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where a round is run, and with what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// The program that its processes run.
    pub(crate) program: &'a Path,
    /// Where they write.
    pub(crate) logs: &'a Path,
    /// How long a run takes that nobody disturbs.
    pub(crate) undisturbed: Duration,
}

/// A round while its disasters happen.
pub(crate) struct Scene<'a> {
    plan: &'a Plan,
    place: Place<'a>,
    server: &'a mut Server,
    database: &'a Database,
    children: Vec<Option<Child>>,
    proxies: Vec<Proxy>,
    taken: Vec<Client>,
}

/// What became of the processes and their connections.
#[derive(Debug, Default)]
pub(crate) struct Played {
    pub(crate) ends: Vec<End>,
    /// Those that did not end.
    pub(crate) hung: Vec<usize>,
    pub(crate) cuts: u32,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(
        plan: &'a Plan,
        place: Place<'a>,
        server: &'a mut Server,
        database: &'a Database,
    ) -> Self {
        let children = plan.processes.iter().map(|_| None).collect();
        let (proxies, taken) = (Vec::new(), Vec::new());
        Self { plan, place, server, database, children, proxies, taken }
    }

    /// Lets everything happen, and returns when all processes have ended and the server is up.
    pub(crate) fn play(mut self) -> Result<Played> {
        for (setting, value) in &self.plan.settings {
            self.database.set(self.server, setting, *value)?;
        }
        let began = Instant::now();
        for event in &self.plan.events {
            sleep(event.at.of(self.place.undisturbed).saturating_sub(began.elapsed()));
            self.strike(event.strike)?;
        }
        self.server.bring_up()?;
        let played = self.ends()?;
        // A server whose disk was full may go down after it seemed to be up.
        self.server.bring_up()?;
        self.database.reset(self.server)?;
        Ok(played)
    }

    fn ends(&mut self) -> Result<Played> {
        let mut played = Played::default();
        let deadline = Instant::now() + PATIENCE;
        for (number, child) in self.children.iter_mut().enumerate() {
            match child.take().map(|child| child.end(deadline)).transpose()? {
                Some(Some(end)) => played.ends.push(end),
                _ => played.hung.push(number),
            }
        }
        played.cuts = self.proxies.iter().map(Proxy::cuts).sum();
        Ok(played)
    }

    fn strike(&mut self, strike: Strike) -> Result<()> {
        match strike {
            Strike::Start(number) => self.start(number),
            Strike::Kill(number) => self.child(number).map_or(Ok(()), Child::kill),
            Strike::Stop(number) => self.signal(number, Signal::STOP),
            Strike::Continue(number) => self.signal(number, Signal::CONT),
            Strike::Terminate(nth) => {
                self.on_session(nth, "pg_terminate_backend");
                Ok(())
            }
            Strike::Cancel(nth) => {
                self.on_session(nth, "pg_cancel_backend");
                Ok(())
            }
            Strike::KillBackend(nth) => self.kill_backend(nth),
            Strike::RestartServer => self.server.restart().and_then(|()| self.server.bring_up()),
            Strike::CrashServer => self.server.crash().and_then(|()| self.server.bring_up()),
            Strike::FillDisk { left } => self.server.disk().map_or(Ok(()), |disk| disk.fill(left)),
            Strike::EmptyDisk => self.server.disk().map_or(Ok(()), super::disk::Disk::empty),
            Strike::TakeConnections => self.take_connections(),
            Strike::GiveConnections => {
                self.taken.clear();
                Ok(())
            }
        }
    }

    fn start(&mut self, number: usize) -> Result<()> {
        let Process { action, faults, .. } = &self.plan.processes[number];
        let url = if faults.is_empty() {
            self.database.url(self.server)?
        } else {
            let proxy = Proxy::open(&self.server.socket()?, faults.clone())?;
            let url = self.database.url_through(proxy.port());
            self.proxies.push(proxy);
            url
        };
        let Plan { kind, is_hooked, .. } = *self.plan;
        let task =
            Task { program: self.place.program, url: &url, kind, action: *action, is_hooked };
        let child = Child::spawn(&task, self.place.logs, &format!("process-{number}"))?;
        self.children[number] = Some(child);
        Ok(())
    }

    fn child(&mut self, number: usize) -> Option<&mut Child> {
        self.children.get_mut(number)?.as_mut()
    }

    fn signal(&mut self, number: usize, signal: Signal) -> Result<()> {
        self.child(number).map_or(Ok(()), |child| child.signal(signal))
    }

    /// The server may be down just now, and then there is nobody to strike.
    fn on_session(&mut self, nth: usize, function: &str) {
        let Ok(mut client) = self.server.client("postgres") else { return };
        if let Some(pid) = self.session(&mut client, nth) {
            let _ = client.execute(&format!("SELECT {function}($1)"), &[&pid]);
        }
    }

    fn kill_backend(&mut self, nth: usize) -> Result<()> {
        let Ok(mut client) = self.server.client("postgres") else { return Ok(()) };
        match self.session(&mut client, nth).map(u32::try_from) {
            Some(Ok(pid)) => kill_backend(pid),
            _ => Ok(()),
        }
    }

    fn session(&self, client: &mut Client, nth: usize) -> Option<i32> {
        let sql = "SELECT pid FROM pg_stat_activity WHERE datname = $1 \
                   AND backend_type = 'client backend' ORDER BY pid";
        let rows = client.query(sql, &[&self.database.name()]).ok()?;
        let nth = nth.checked_rem(rows.len())?;
        Some(rows[nth].get(0))
    }

    fn take_connections(&mut self) -> Result<()> {
        let url = self.server.url("postgres", ROLE)?;
        while self.taken.len() < CONNECTIONS {
            let Ok(client) = Client::connect(&url, NoTls) else { break };
            self.taken.push(client);
        }
        Ok(())
    }
}
