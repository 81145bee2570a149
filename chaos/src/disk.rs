use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use rustix::fs::statvfs;
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

use crate::Result;

/// An empty cluster takes 30 MB, a round's database 8.
const MEGABYTES: u32 = 96;

/// A disk that is soon full: a file system in memory. To mount it takes the rights of root.
#[derive(Debug)]
pub(crate) struct Disk(PathBuf);

impl Disk {
    pub(crate) fn mount(path: &Path) -> Result<Self> {
        let failed = |error: &dyn std::fmt::Display| {
            format!("cannot mount a small disk at {}: {error}", path.display())
        };
        fs::create_dir_all(path).map_err(|error| failed(&error))?;
        let options = format!("size={MEGABYTES}m,mode=1777\0");
        let options = std::ffi::CStr::from_bytes_with_nul(options.as_bytes())?;
        mount("chaos", path, "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, options)
            .map_err(|error| failed(&error))?;
        Ok(Self(path.into()))
    }

    /// Leaves so many bytes free.
    pub(crate) fn fill(&self, left: u64) -> Result<()> {
        let found = statvfs(&self.0)?;
        let mut file = File::create(self.filler())?;
        let mut rest = (found.f_bavail * found.f_frsize).saturating_sub(left);
        let block = vec![0; 1 << 16];
        while rest > 0 {
            let length = block.len().min(usize::try_from(rest)?);
            // The server may be faster, and then it is full, too.
            if file.write_all(&block[..length]).is_err() {
                break;
            }
            rest -= length as u64;
        }
        Ok(())
    }

    /// There is room again.
    pub(crate) fn empty(&self) -> Result<()> {
        match fs::remove_file(self.filler()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // A destructor has nobody to report to.
        let _ = unmount(&self.0, UnmountFlags::DETACH);
    }
}
