use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::statvfs;

use crate::Result;

/// Several servers, each with the databases of a few rounds.
const ENOUGH_BYTES: u64 = 1 << 30;

/// A directory for servers and for the logs of the round that runs, which is removed in the end.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// A new directory, in memory where there is room.
    ///
    /// # Errors
    ///
    /// It cannot be created.
    pub fn new() -> Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = base().join(format!("chaos-{}-{number}", process::id()));
        fs::create_dir(&path)
            .map_err(|error| format!("cannot create {}: {error}", path.display()))?;
        Ok(Self(path))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A destructor has nobody to report to.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn base() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let has_room = |path| statvfs(path).is_ok_and(|it| it.f_bavail * it.f_frsize > ENOUGH_BYTES);
    let may_choose = env::var_os("TMPDIR").is_none();
    if may_choose && has_room(memory) { memory.into() } else { env::temp_dir() }
}
