//! A server of our own, and databases on it.

use std::sync::atomic::{AtomicUsize, Ordering};

use local_postgres::TemporaryServer;
use postgres::{Client, NoTls};

use crate::Result;
use crate::performer::Performer;
use crate::programs::Contestant;

/// A server that keeps what it has committed, as servers in production do; `local-postgres` is made
/// for tests and switches that off.
const SETTINGS: [(&str, &str); 6] = [
    ("fsync", "on"),
    ("synchronous_commit", "on"),
    ("full_page_writes", "on"),
    ("wal_level", "replica"),
    ("shared_buffers", "128MB"),
    ("track_commit_timestamp", "on"),
];

#[derive(Debug)]
pub(crate) struct Server {
    server: TemporaryServer,
    databases: AtomicUsize,
}

impl Server {
    pub(crate) fn start() -> Result<Self> {
        let builder = TemporaryServer::builder().tcp();
        let set = |builder: local_postgres::Builder, (name, value)| builder.setting(name, value);
        let server = SETTINGS.into_iter().fold(builder, set).start()?;
        Ok(Self { server, databases: AtomicUsize::new(0) })
    }

    /// A new, empty database.
    pub(crate) fn database(&self) -> Result<Database<'_>> {
        let name = format!("bench_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.client()?.batch_execute(&format!("CREATE DATABASE {name}"))?;
        Ok(Database { server: self, name })
    }

    /// A database in which a set is applied, for those who keep a history.
    pub(crate) fn migrated(&self, contestant: Contestant, set: &str) -> Result<Database<'_>> {
        let database = self.database()?;
        if contestant != Contestant::Bare {
            let mut performer = Performer::start(contestant, &database.url())?;
            performer.ask("connect")?;
            performer.ask(&format!("run {set}"))?;
        }
        Ok(database)
    }

    pub(crate) fn port(&self) -> u16 {
        self.server.port()
    }

    pub(crate) fn pid(&self) -> Result<u32> {
        self.server.postmaster_pid().ok_or_else(|| "the server has stopped".into())
    }

    fn client(&self) -> Result<Client> {
        Ok(Client::connect(&self.server.url("postgres"), NoTls)?)
    }
}

/// A database, which is dropped with this.
#[derive(Debug)]
pub(crate) struct Database<'a> {
    server: &'a Server,
    name: String,
}

impl Database<'_> {
    pub(crate) fn url(&self) -> String {
        self.server.server.url(&self.name)
    }

    /// By way of a proxy on this port.
    pub(crate) fn url_through(&self, port: u16) -> String {
        format!("postgresql://postgres@127.0.0.1:{port}/{}", self.name)
    }

    pub(crate) fn client(&self) -> Result<Client> {
        Ok(Client::connect(&self.url(), NoTls)?)
    }
}

impl Drop for Database<'_> {
    /// What cannot be dropped goes with the server.
    fn drop(&mut self) {
        if let Ok(mut client) = self.server.client() {
            let _ = client.batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
        }
    }
}
