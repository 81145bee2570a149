//! A place for the data of a private server.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::{env, process};

/// A directory that every user can reach, also the one whom root lends the server to.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new(test: &str) -> Self {
        let directory = env::temp_dir().join(format!("example-{}-{test}", process::id()));
        fs::create_dir_all(&directory).unwrap();
        fs::set_permissions(&directory, Permissions::from_mode(0o1777)).unwrap();
        Self(directory)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    /// Whether a server accepts connections, or has left the file behind that says so.
    pub(crate) fn has_server(&self) -> bool {
        fs::read_dir(&self.0).unwrap().any(|entry| is_server_in(&entry.unwrap().path()))
    }
}

fn is_server_in(directory: &Path) -> bool {
    let says_so = directory.join("data/postmaster.pid").exists();
    says_so || UnixStream::connect(directory.join(".s.PGSQL.5432")).is_ok()
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
