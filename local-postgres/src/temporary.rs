//! A throw-away server for tests.

use crate::binaries;
use crate::cluster::Cluster;
use crate::directory;
use crate::error::Error;
use crate::identity::Identity;
use crate::supervisor::{Program, Supervisor};
use crate::template;
use crate::url;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

const SOCKET_ONLY_PORT: u16 = 5432;
const ATTEMPTS_FOR_A_PORT: u32 = 5;

/// What a server that nobody will miss can do without, and what many tests at once need.
const SETTINGS: [(&str, &str); 8] = [
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    ("max_connections", "300"),
    ("shared_buffers", "32MB"),
    ("logging_collector", "off"),
];

/// A server with a new, empty cluster that belongs to this process.
///
/// It is stopped, and its directory removed, when the value is dropped, or when the process ends,
/// in whichever way: a `static` is not dropped, and neither is anything after `kill -9`, yet
/// nothing stays behind. A shell process sees to that: the kernel closes its pipe to us.
///
/// Durability is switched off, Ctrl-C in the terminal does not reach the server, and what the
/// server has to say goes to a file that [`log`](Self::log) reads.
///
/// ```no_run
/// use local_postgres::TemporaryServer;
/// use std::sync::OnceLock;
///
/// /// One server for all tests of this process.
/// fn server() -> &'static TemporaryServer {
///     static SERVER: OnceLock<TemporaryServer> = OnceLock::new();
///     SERVER.get_or_init(|| TemporaryServer::start().unwrap())
/// }
/// ```
#[derive(Debug)]
pub struct TemporaryServer {
    // Dropped first: it removes what the cluster describes.
    _supervisor: Supervisor,
    cluster: Cluster,
    port: u16,
    tcp: bool,
}

/// Options for a [`TemporaryServer`].
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Builder {
    tcp: bool,
    template_cache: Option<PathBuf>,
    settings: Vec<(String, String)>,
    files: Vec<(String, String)>,
    is_standby: bool,
}

impl TemporaryServer {
    /// Starts a server that is reached through a unix socket, and waits until it is ready.
    ///
    /// # Errors
    ///
    /// When PostgreSQL is not installed (see [`Error::is_not_installed`]), when there is no
    /// suitable directory, or when `initdb` or the server fails; the server's log is in the message.
    pub fn start() -> Result<Self, Error> {
        Self::builder().start()
    }

    /// Options first.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The URL of a database: over TCP when that was asked for, otherwise over the unix socket.
    ///
    /// A new cluster has the database `postgres`.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        if self.tcp {
            url::over_tcp(self.port, database)
        } else {
            url::over_socket(&self.cluster.directory, self.port, database)
        }
    }

    /// The port: of 127.0.0.1 when TCP was asked for, and always part of the socket's name.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The directory of the unix socket, and of everything else of this server.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.cluster.directory
    }

    /// What the server has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.cluster.log()
    }

    /// The process id of the server; `None` when it has stopped.
    #[must_use]
    pub fn postmaster_pid(&self) -> Option<u32> {
        self.cluster.postmaster_pid()
    }
}

impl Builder {
    /// Listens on a free port of 127.0.0.1, too; without it there is only the unix socket.
    pub fn tcp(mut self) -> Self {
        self.tcp = true;
        self
    }

    /// Keeps what `initdb` makes in this directory and copies it the next time.
    ///
    /// That saves most of the start where the temporary directory is a RAM disk; on a disk, a
    /// copy of a thousand small files takes about as long as `initdb`.
    pub fn template_cache(mut self, directory: impl Into<PathBuf>) -> Self {
        self.template_cache = Some(directory.into());
        self
    }

    /// One more setting, as in `postgresql.conf`; it wins over the defaults of this crate.
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// One more file in the server's [`directory`](TemporaryServer::directory), which only the
    /// server's user may read, such as the key of a certificate or another `pg_hba.conf`. The setting
    /// `hba_file` names it as `NAME`, others do from the data directory: `../NAME`.
    pub fn file(mut self, name: impl Into<String>, contents: impl Into<String>) -> Self {
        self.files.push((name.into(), contents.into()));
        self
    }

    /// Follows that server as a hot standby.
    ///
    /// Both are copies of the same [`template_cache`](Self::template_cache), so that this one begins
    /// where that one did. That one needs the settings `wal_level=replica`, `max_wal_senders=10`, and a
    /// `wal_keep_size` for all that it has written.
    pub fn standby_of(mut self, primary: &TemporaryServer) -> Self {
        self.is_standby = true;
        let conninfo = url::over_socket(&primary.cluster.directory, primary.port, "");
        self.setting("primary_conninfo", conninfo)
            .setting("wal_level", "replica")
            .setting("max_wal_senders", "10")
    }

    /// Starts the server and waits until it is ready; a standby, until it answers.
    ///
    /// # Errors
    ///
    /// As [`TemporaryServer::start`]; also when a setting is refused, the template cache cannot be
    /// read or written, or a file cannot be written.
    pub fn start(&self) -> Result<TemporaryServer, Error> {
        let binaries = binaries::find()?;
        let mut attempts = 1..ATTEMPTS_FOR_A_PORT;
        loop {
            match self.attempt(&binaries) {
                Err(error) if error.is_port_taken() && attempts.next().is_some() => {}
                result => return result,
            }
        }
    }

    fn attempt(&self, binaries: &Path) -> Result<TemporaryServer, Error> {
        let port = self.choose_port()?;
        let identity = Identity::of_server()?;
        let cluster = Cluster {
            binaries: binaries.to_owned(),
            directory: directory::temporary(identity)?,
            identity,
        };
        let (directory, path) = (&cluster.directory, binaries.join("postgres"));
        let arguments = self.arguments(port);
        let program = Program { path: &path, arguments: &arguments, stop: "QUIT" };
        let mut supervisor = Supervisor::spawn(directory, identity, &program)?;
        template::fill(&cluster, self.template_cache.as_deref())?;
        if self.is_standby {
            cluster.write("data/standby.signal", "")?;
        }
        for (name, contents) in &self.files {
            cluster.write(name, contents)?;
        }
        supervisor.start_server(directory, || cluster.says_ready())?;
        Ok(TemporaryServer { _supervisor: supervisor, cluster, port, tcp: self.tcp })
    }

    fn choose_port(&self) -> Result<u16, Error> {
        if !self.tcp {
            return Ok(SOCKET_ONLY_PORT);
        }
        TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .map(|address| address.port())
            .map_err(Error::io("find a free port of", Path::new("127.0.0.1")))
    }

    /// Paths are relative to the cluster's directory, where the supervisor runs; the server itself
    /// then works in the data directory, so that its socket goes to `..`.
    fn arguments(&self, port: u16) -> Vec<String> {
        let mut arguments = vec!["-D".into(), "data".into(), "-k".into(), "..".into()];
        arguments.extend(["-p".into(), port.to_string()]);
        let listen = if self.tcp { "127.0.0.1" } else { "" };
        let mut set = |name: &str, value: &str| {
            arguments.extend(["-c".into(), format!("{name}={value}")]);
        };
        set("listen_addresses", listen);
        for (name, value) in SETTINGS {
            set(name, value);
        }
        for (name, value) in &self.settings {
            set(name, value);
        }
        arguments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_comes_after_the_default_that_it_overrides() {
        let builder = TemporaryServer::builder().setting("fsync", "on");
        let arguments = builder.arguments(1);
        let place = |argument: &str| arguments.iter().position(|a| a == argument).unwrap();
        assert!(place("fsync=off") < place("fsync=on"));
    }

    #[test]
    fn only_tcp_listens() {
        let listens = |builder: Builder| {
            let arguments = builder.arguments(1);
            arguments.contains(&"listen_addresses=127.0.0.1".to_owned())
        };
        assert!(!listens(TemporaryServer::builder()));
        assert!(listens(TemporaryServer::builder().tcp()));
    }
}
