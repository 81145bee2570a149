//! The database of `DATABASE_URL`, or else one of a private server.

use std::env::{self, VarError};
use std::error::Error;
use std::path::Path;
use std::time::Duration;

use local_postgres::SharedServer;
use r2d2::HandleError;
use r2d2_postgres::PostgresConnectionManager;
use r2d2_postgres::postgres::{self, Config, NoTls};

use crate::failure;
use crate::logging::Changes;

/// Connections to the database.
pub(crate) type Pool = r2d2::Pool<PostgresConnectionManager<NoTls>>;

const CONNECTIONS: u32 = 8;
/// How long a start, and a request, wait for a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// Probes must be answered soon, also where requests have all of the other connections, or where the
/// database is gone.
const PROBE_CONNECTIONS: u32 = 2;
const PROBE_PATIENCE: Duration = Duration::from_secs(1);

pub(crate) struct Database {
    config: Config,
    /// Runs at least as long as this value.
    _server: Option<SharedServer>,
}

impl Database {
    /// Starts, or joins, the private server when there is no `DATABASE_URL`.
    pub(crate) fn open(data: &Path) -> Result<Self, Box<dyn Error>> {
        match env::var("DATABASE_URL") {
            Ok(url) => Self::open_given(&url),
            Err(VarError::NotPresent) => Self::open_private(data),
            Err(VarError::NotUnicode(_)) => Err("DATABASE_URL is not UTF-8".into()),
        }
    }

    /// Connects when a connection is needed, not now.
    pub(crate) fn pool(&self) -> Pool {
        self.pool_of(CONNECTIONS, PATIENCE)
    }

    /// Apart from the other one, for those who ask how the service is.
    pub(crate) fn probes(&self) -> Pool {
        self.pool_of(PROBE_CONNECTIONS, PROBE_PATIENCE)
    }

    fn pool_of(&self, connections: u32, patience: Duration) -> Pool {
        r2d2::Builder::new()
            .max_size(connections)
            .min_idle(Some(1))
            .connection_timeout(patience)
            .error_handler(Box::<LogChanges>::default())
            .build_unchecked(PostgresConnectionManager::new(self.config.clone(), NoTls))
    }

    fn open_given(url: &str) -> Result<Self, Box<dyn Error>> {
        let config = config(url)?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err("DATABASE_URL names no host".into());
        }
        Ok(Self { config, _server: None })
    }

    fn open_private(data: &Path) -> Result<Self, Box<dyn Error>> {
        let server = SharedServer::open(data)?;
        let url = server.url("postgres");
        log::info!("Using a private PostgreSQL server, as DATABASE_URL is not set: {url}");
        Ok(Self { config: config(&url)?, _server: Some(server) })
    }
}

/// The name is how others see, in `pg_stat_activity`, whom they wait for. The client's error may quote
/// a piece of the URL, and that may be one of the password.
fn config(url: &str) -> Result<Config, &'static str> {
    const PROBLEM: &str = "DATABASE_URL does not read like postgresql://user:password@host/database, \
                           where `%` and two hexadecimal digits stand for characters such as `/`, `?` \
                           and `@`; it is not shown, since it may hold a password";
    let mut config: Config = url.parse().map_err(|_| PROBLEM)?;
    if config.get_application_name().is_none() {
        config.application_name(env!("CARGO_PKG_NAME"));
    }
    Ok(config)
}

/// The pool's own errors tell only "error connecting to server", and it tries again several times.
#[derive(Debug, Default)]
struct LogChanges(Changes);

impl HandleError<postgres::Error> for LogChanges {
    fn handle_error(&self, error: postgres::Error) {
        let error = failure::message(&error);
        self.0.warn(format!("No connection to the database, trying again: {error}"));
    }
}
