//! A throw-away PgBouncer in front of a throw-away server.

use crate::binaries::path_directories;
use crate::directory;
use crate::error::Error;
use crate::identity::Identity;
use crate::supervisor::{Program, Supervisor};
use crate::temporary::TemporaryServer;
use crate::url;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::net::UnixStream;
use std::path::{self, Path, PathBuf};

const PORT: u16 = 6432;
const PROGRAM: &str = "pgbouncer";
/// Where packages put it, which need not be in the `PATH` of everybody.
const WELL_KNOWN: [&str; 4] =
    ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin", "/home/linuxbrew/.linuxbrew/bin"];

/// A PgBouncer that belongs to this process, as its [`TemporaryServer`] does, and is reached through a
/// unix socket.
///
/// It lets everybody in, as the superuser `postgres` of any database of the server. Like a server, it
/// runs as another user when this process is root's, and is gone with this process.
///
/// The program is the one that `PGBOUNCER` names, or else the first `pgbouncer` in `PATH` and in the
/// directories of the usual packages.
///
/// ```no_run
/// use local_postgres::{TemporaryPooler, TemporaryServer};
///
/// let server = TemporaryServer::start()?;
/// let pooler = TemporaryPooler::start(&server, &[("pool_mode", "transaction")])?;
/// println!("{}", pooler.url("postgres"));
/// # Ok::<(), local_postgres::Error>(())
/// ```
#[derive(Debug)]
pub struct TemporaryPooler {
    _supervisor: Supervisor,
    directory: PathBuf,
}

impl TemporaryPooler {
    /// Starts one with these settings, as in `pgbouncer.ini`, and waits until it is ready.
    ///
    /// # Errors
    ///
    /// When PgBouncer is not installed (see [`Error::is_not_installed`]), when there is no suitable
    /// directory, or when it does not start; its log is in the message.
    pub fn start(server: &TemporaryServer, settings: &[(&str, &str)]) -> Result<Self, Error> {
        let (path, identity) = (find()?, Identity::of_server()?);
        let directory = directory::temporary(identity)?;
        let arguments = ["pgbouncer.ini".to_owned()];
        // Which other signal does not wait for clients depends on the version.
        let program = Program { path: &path, arguments: &arguments, stop: "KILL" };
        let mut supervisor = Supervisor::spawn(&directory, identity, &program)?;
        let ini = configuration(server, &directory, settings);
        directory::write(&directory, identity, &arguments[0], &ini)?;
        let (socket, pid) = (socket(&directory), directory.join("pid"));
        let is_ready = || pid.exists() && UnixStream::connect(&socket).is_ok();
        supervisor.start_server(&directory, is_ready)?;
        Ok(Self { _supervisor: supervisor, directory })
    }

    /// The URL of a database of the server, through the pooler.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        url::over_socket(&self.directory, PORT, database)
    }

    /// The path of its unix socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        socket(&self.directory)
    }

    /// Its process id; `None` when it has stopped.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        fs::read_to_string(self.directory.join("pid")).ok()?.trim().parse().ok()
    }

    /// What it has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        directory::log(&self.directory)
    }
}

fn socket(directory: &Path) -> PathBuf {
    directory.join(format!(".s.PGSQL.{PORT}"))
}

/// Without an address to listen on there is the socket only. It works in our directory.
fn configuration(server: &TemporaryServer, directory: &Path, settings: &[(&str, &str)]) -> String {
    let mut ini = format!(
        "[databases]\n\
         * = host={} port={} user=postgres\n\
         [pgbouncer]\n\
         unix_socket_dir = {}\n\
         listen_port = {PORT}\n\
         pidfile = pid\n\
         auth_type = any\n\
         max_client_conn = 300\n",
        server.directory().display(),
        server.port(),
        directory.display(),
    );
    for (name, value) in settings {
        // Writing to a string cannot fail.
        let _ = writeln!(ini, "{name} = {value}");
    }
    ini
}

fn find() -> Result<PathBuf, Error> {
    let found = match env::var_os("PGBOUNCER").filter(|value| !value.is_empty()) {
        Some(program) => check(program.into()),
        None => search().ok_or_else(nothing_found),
    }?;
    // It is run from another working directory than ours.
    path::absolute(&found).map_err(Error::io("make absolute", &found))
}

fn check(program: PathBuf) -> Result<PathBuf, Error> {
    if program.is_file() {
        return Ok(program);
    }
    Err(Error::not_installed(format!(
        "PGBOUNCER is `{}`, but no file is there: name the program, or unset PGBOUNCER and have it \
         searched for",
        program.display(),
    )))
}

fn search() -> Option<PathBuf> {
    let directories = path_directories().into_iter().chain(WELL_KNOWN.map(PathBuf::from));
    directories.map(|directory| directory.join(PROGRAM)).find(|program| program.is_file())
}

fn nothing_found() -> Error {
    Error::not_installed(
        "no PgBouncer on this machine: `make test` installs one, as does the package manager of this \
         system, where its package is called `pgbouncer`; or set PGBOUNCER to the program",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_one_line_that_says_what_to_do() {
        let error = nothing_found();
        let message = error.to_string();
        assert!(error.is_not_installed());
        assert!(!message.contains('\n'));
        for part in ["make test", "`pgbouncer`", "PGBOUNCER"] {
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn a_wrong_pgbouncer_is_named() {
        let error = check("/nowhere".into()).unwrap_err();
        assert!(error.is_not_installed());
        assert!(error.to_string().contains("`/nowhere`"), "{error}");
    }
}
