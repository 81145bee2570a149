use postgres::Client;

use crate::Result;
use crate::server::{ROLE, Server};

/// The database of a round, which belongs to the role that migrates.
#[derive(Clone, Debug)]
pub struct Database {
    name: String,
}

impl Database {
    /// A new one, empty.
    ///
    /// # Errors
    ///
    /// The server refuses.
    pub fn create(server: &Server, name: &str) -> Result<Self> {
        let mut client = server.client("postgres")?;
        // A round that ended early may have left it.
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))?;
        client.batch_execute(&format!("CREATE DATABASE {name} OWNER {ROLE}"))?;
        Ok(Self { name: name.into() })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The URL of the role that migrates.
    ///
    /// # Errors
    ///
    /// The server was never started.
    pub fn url(&self, server: &Server) -> Result<String> {
        server.url(&self.name, ROLE)
    }

    /// The same through a proxy.
    pub(crate) fn url_through(&self, port: u16) -> String {
        format!("postgresql://{ROLE}@127.0.0.1:{port}/{}", self.name)
    }

    /// A connection of the superuser.
    ///
    /// # Errors
    ///
    /// The server refuses.
    pub fn client(&self, server: &Server) -> Result<Client> {
        server.client(&self.name)
    }

    /// Gives new sessions another default, in milliseconds.
    pub(crate) fn set(&self, server: &Server, setting: &str, value: u32) -> Result<()> {
        let sql = format!("ALTER DATABASE {} SET {setting} = {value}", self.name);
        Ok(server.client("postgres")?.batch_execute(&sql)?)
    }

    /// Takes back all of these.
    pub(crate) fn reset(&self, server: &Server) -> Result<()> {
        let sql = format!("ALTER DATABASE {} RESET ALL", self.name);
        Ok(server.client("postgres")?.batch_execute(&sql)?)
    }

    /// Removes it.
    ///
    /// # Errors
    ///
    /// The server refuses.
    pub fn drop(self, server: &Server) -> Result<()> {
        let sql = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        Ok(server.client("postgres")?.batch_execute(&sql)?)
    }
}
