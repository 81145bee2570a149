//! Who uses a shared server: locks that the kernel releases, however their owner ends.
//!
//! Every user holds `users` shared for as long as it lives, so whoever gets it exclusively is the
//! last one. Both coming and going happen inside `gate`, one process at a time, so that nobody comes
//! while the last one is on the way out.

use crate::cluster::Cluster;
use crate::error::Error;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(crate) struct Users {
    gate: File,
    users: File,
}

impl Users {
    pub(crate) fn of(cluster: &Cluster) -> Result<Self, Error> {
        let open = |path: PathBuf| {
            let file = open(&path).map_err(Error::io("open", &path))?;
            cluster.identity.own(&path)?;
            Ok(file)
        };
        Ok(Self { gate: open(gate_path(cluster))?, users: open(users_path(cluster))? })
    }

    /// Counts us in, then does what the first user has to do.
    pub(crate) fn join<T>(
        &self,
        cluster: &Cluster,
        arrive: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let locked = self.gate.lock().and_then(|()| self.users.lock_shared());
        locked.map_err(Error::io("lock the server of", &cluster.directory))?;
        let arrived = arrive();
        let unlocked = self.gate.unlock();
        unlocked.map_err(Error::io("unlock the server of", &cluster.directory))?;
        arrived
    }

    /// Counts us out, and does what the last user has to do if that is us.
    pub(crate) fn leave(&self, depart: impl FnOnce()) -> io::Result<()> {
        self.gate.lock()?;
        self.users.unlock()?;
        if self.users.try_lock().is_ok() {
            depart();
            self.users.unlock()?;
        }
        self.gate.unlock()
    }
}

pub(crate) fn gate_path(cluster: &Cluster) -> PathBuf {
    cluster.directory.join("gate.lock")
}

pub(crate) fn users_path(cluster: &Cluster) -> PathBuf {
    cluster.directory.join("users.lock")
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}
