//! The process between us and a temporary server: it outlives us just long enough to clean up.

use crate::cluster::Cluster;
use crate::command;
use crate::error::Error;
use std::fs;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const SCRIPT: &str = include_str!("supervise.sh");
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) struct Supervisor {
    child: Child,
}

impl Supervisor {
    /// From here on the cluster's directory disappears with this value, or with this process.
    pub(crate) fn spawn(cluster: &Cluster, arguments: &[String]) -> Result<Self, Error> {
        let shell = Path::new("/bin/sh");
        let mut command = command::new(shell, &cluster.directory, cluster.identity);
        command
            .args(["-c", SCRIPT, "local-postgres"])
            .arg(&cluster.directory)
            .arg(cluster.binaries.join("postgres"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C in the terminal is for us; the server goes when we are gone.
            .process_group(0);
        let child = command.spawn().map_err(|error| {
            // Nobody else is there to do it, and the first error is the one to tell.
            let _ = fs::remove_dir(&cluster.directory);
            Error::io("run, as the server's user,", shell)(error)
        })?;
        Ok(Self { child })
    }

    /// Lets the server start on the data that is now in place, and waits until it is ready.
    pub(crate) fn start_server(&mut self, cluster: &Cluster) -> Result<(), Error> {
        self.release(cluster)?;
        let deadline = Instant::now() + PATIENCE;
        while !cluster.says_ready() {
            if self.is_over(cluster) || Instant::now() > deadline {
                return Err(Error::not_started(&cluster.directory, &cluster.log()));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    fn release(&mut self, cluster: &Cluster) -> Result<(), Error> {
        let Some(pipe) = &mut self.child.stdin else {
            return Ok(());
        };
        pipe.write_all(b"start\n").map_err(Error::io("start the server in", &cluster.directory))
    }

    fn is_over(&mut self, cluster: &Cluster) -> bool {
        cluster.directory.join("exited").exists() || !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Supervisor {
    /// Closes the pipe and waits until everything is gone.
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // A destructor has nobody to report to.
        let _ = self.child.wait();
    }
}
