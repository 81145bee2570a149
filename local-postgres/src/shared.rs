//! A server that keeps its data and is shared by every process that opens its directory.

use crate::binaries;
use crate::cluster::Cluster;
use crate::command;
use crate::daemon;
use crate::directory;
use crate::error::Error;
use crate::identity::Identity;
use crate::url;
use crate::users::{self, Users};
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Stdio};

const WATCH: &str = include_str!("watch.sh");

/// A handle on a server that other processes may use at the same time.
///
/// The first handle starts the server, the last one that is dropped stops it. A process that is
/// killed counts as gone, for the kernel releases its lock: then a shell process stops the server
/// (where there is `flock(1)`, as on Linux), or the next process takes it over. The data stays,
/// with PostgreSQL's normal durability.
///
/// Ctrl-C in the terminal does not reach the server, and it holds none of our pipes open.
#[derive(Debug)]
pub struct SharedServer {
    cluster: Cluster,
    users: Users,
    watch: Child,
    started: bool,
}

impl SharedServer {
    /// Opens the server of this directory, and makes and starts it when need be.
    ///
    /// The major version of PostgreSQL is appended to the name: `target/app` becomes
    /// `target/app-15`, so that an upgrade does not meet old data. When the server's user cannot
    /// reach that place, or it is too long a path for a socket, the files go to
    /// `/var/tmp/app-15-UID-DIGEST` instead; see [`directory`](Self::directory).
    ///
    /// # Errors
    ///
    /// When PostgreSQL is not installed (see [`Error::is_not_installed`]), when neither directory
    /// will do, or when `initdb` or the server fails; the server's log is in the message.
    pub fn open(directory: impl AsRef<Path>) -> Result<Self, Error> {
        let cluster = locate(directory.as_ref())?;
        let users = Users::of(&cluster)?;
        let watch = spawn_watch(&cluster)?;
        let mut server = Self { cluster, users, watch, started: false };
        server.started = server.join()?;
        Ok(server)
    }

    /// The URL of a database, over a unix socket. A new cluster has the database `postgres`.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        url::over_socket(&self.cluster.directory, daemon::PORT, database)
    }

    /// Whether this handle started the server; otherwise it was running already.
    #[must_use]
    pub fn started(&self) -> bool {
        self.started
    }

    /// Where the data, the log and the socket are.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.cluster.directory
    }

    /// What the server has logged, since the cluster was made.
    #[must_use]
    pub fn log(&self) -> String {
        self.cluster.log()
    }

    /// The process id of the server; `None` when it has stopped.
    #[must_use]
    pub fn postmaster_pid(&self) -> Option<u32> {
        self.cluster.postmaster_pid()
    }

    fn join(&self) -> Result<bool, Error> {
        self.users.join(&self.cluster, || daemon::bring_up(&self.cluster))
    }
}

impl Drop for SharedServer {
    fn drop(&mut self) {
        // A destructor has nobody to report to, and the next user copes with whatever it finds.
        let _ = self.users.leave(|| {
            let _ = command::run(daemon::stop(&self.cluster));
        });
        if let Some(mut pipe) = self.watch.stdin.take() {
            let _ = pipe.write_all(b"goodbye\n");
        }
        let _ = self.watch.wait();
    }
}

fn locate(preferred: &Path) -> Result<Cluster, Error> {
    let binaries = binaries::find()?;
    let identity = Identity::of_server()?;
    let mut name = preferred.as_os_str().to_owned();
    name.push(format!("-{}", binaries::major_version(&binaries)?));
    Ok(Cluster { directory: directory::shared(Path::new(&name), identity)?, binaries, identity })
}

fn spawn_watch(cluster: &Cluster) -> Result<Child, Error> {
    let shell = Path::new("/bin/sh");
    let stop = daemon::stop(cluster);
    command::new(shell, &cluster.directory, cluster.identity)
        .args(["-c", WATCH, "local-postgres"])
        .arg(users::gate_path(cluster))
        .arg(users::users_path(cluster))
        .arg(stop.get_program())
        .args(stop.get_args())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(Error::io("run, as the server's user,", shell))
}
