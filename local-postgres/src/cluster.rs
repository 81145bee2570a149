//! One directory with everything of one server in it: data, log, socket.

use crate::command;
use crate::directory;
use crate::error::Error;
use crate::identity::Identity;
use std::fs;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) binaries: PathBuf,
    pub(crate) directory: PathBuf,
    pub(crate) identity: Identity,
}

impl Cluster {
    /// `extra` comes after our own choices.
    pub(crate) fn initdb(&self, data: &Path, extra: &[&str]) -> Result<(), Error> {
        let mut command = self.command("initdb");
        command
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale"])
            // Small segments: 28 MB for an empty cluster instead of 39.
            .args(["--no-instructions", "--wal-segsize=1"])
            .args(extra)
            .arg("--pgdata")
            .arg(data);
        command::run(command)
    }

    /// Writes a file into our directory that only the server's user may read.
    pub(crate) fn write(&self, name: &str, contents: &str) -> Result<(), Error> {
        directory::write(&self.directory, self.identity, name, contents)
    }

    pub(crate) fn command(&self, program: &str) -> Command {
        command::new(&self.binaries.join(program), &self.directory, self.identity)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    pub(crate) fn log(&self) -> String {
        directory::log(&self.directory)
    }

    pub(crate) fn postmaster_pid(&self) -> Option<u32> {
        self.postmaster_line(1)?.parse().ok()
    }

    /// What `pg_ctl -w` looks at. A server that was killed leaves the file behind.
    pub(crate) fn says_ready(&self) -> bool {
        self.postmaster_line(8).as_deref() == Some("ready")
    }

    /// Only a living server accepts.
    pub(crate) fn is_listening(&self, port: u16) -> bool {
        UnixStream::connect(self.directory.join(format!(".s.PGSQL.{port}"))).is_ok()
    }

    fn postmaster_line(&self, number: usize) -> Option<String> {
        let text = fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        Some(text.lines().nth(number - 1)?.trim().to_owned())
    }
}
