//! The process between us and a temporary server: it outlives us just long enough to clean up.

use crate::command;
use crate::directory::log;
use crate::error::Error;
use crate::identity::Identity;
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

/// What is run.
pub(crate) struct Program<'a> {
    pub(crate) path: &'a Path,
    pub(crate) arguments: &'a [String],
    /// The signal that ends it at once, whoever is connected, by its name for `kill`.
    pub(crate) stop: &'static str,
}

impl Supervisor {
    /// From here on the directory disappears with this value, or with this process.
    pub(crate) fn spawn(
        directory: &Path,
        identity: Identity,
        program: &Program<'_>,
    ) -> Result<Self, Error> {
        let shell = Path::new("/bin/sh");
        let mut command = command::new(shell, directory, identity);
        command
            .args(["-c", SCRIPT, "local-postgres"])
            .arg(directory)
            .arg(program.stop)
            .arg(program.path)
            .args(program.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C in the terminal is for us; the server goes when we are gone.
            .process_group(0);
        let child = command.spawn().map_err(|error| {
            // Nobody else is there to do it, and the first error is the one to tell.
            let _ = fs::remove_dir(directory);
            Error::io("run, as the server's user,", shell)(error)
        })?;
        Ok(Self { child })
    }

    /// Lets the server start on the data that is now in place, and waits until it is ready.
    pub(crate) fn start_server(
        &mut self,
        directory: &Path,
        is_ready: impl Fn() -> bool,
    ) -> Result<(), Error> {
        self.release(directory)?;
        let deadline = Instant::now() + PATIENCE;
        while !is_ready() {
            if self.is_over(directory) || Instant::now() > deadline {
                return Err(Error::not_started(directory, &log(directory)));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    fn release(&mut self, directory: &Path) -> Result<(), Error> {
        let Some(pipe) = &mut self.child.stdin else {
            return Ok(());
        };
        pipe.write_all(b"start\n").map_err(Error::io("start the server in", directory))
    }

    fn is_over(&mut self, directory: &Path) -> bool {
        directory.join("exited").exists() || !matches!(self.child.try_wait(), Ok(None))
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
