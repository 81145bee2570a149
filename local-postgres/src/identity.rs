//! The user the server runs as: ourselves, or a humbler one when we are root.

use crate::error::Error;
use std::fs::Metadata;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Identity {
    pub(crate) uid: u32,
    gid: u32,
    /// We are root and the server is not.
    dropped: bool,
}

impl Identity {
    pub(crate) fn of_server() -> Result<Self, Error> {
        let ours = Self::from_id(&[], false)
            .ok_or_else(|| Error::other("failed to ask `id -u` which user this is"))?;
        if ours.uid != 0 {
            return Ok(ours);
        }
        ["postgres", "nobody"].into_iter().find_map(|user| Self::from_id(&[user], true)).ok_or_else(
            || {
                Error::other(
                    "PostgreSQL refuses to run as root, and there is neither a user `postgres` \
                     nor `nobody` to run it: add one, or run this as another user",
                )
            },
        )
    }

    /// Makes the child run as this user, without our supplementary groups.
    pub(crate) fn assume(self, command: &mut Command) {
        if self.dropped {
            command.uid(self.uid).gid(self.gid);
        }
    }

    /// Gives a file or directory that we made to this user.
    pub(crate) fn own(self, path: &Path) -> Result<(), Error> {
        if !self.dropped {
            return Ok(());
        }
        chown(path, Some(self.uid), Some(self.gid)).map_err(Error::io("change the owner of", path))
    }

    /// Whether a directory belongs to this user or, not yet handed over, to us.
    pub(crate) fn owns(self, metadata: &Metadata) -> bool {
        metadata.uid() == self.uid || (self.dropped && metadata.uid() == 0)
    }

    /// Whether the permission bits (as in `0o1`: search) let this user in.
    ///
    /// For ourselves the answer is always yes: the system call itself is the better judge, for it
    /// knows our supplementary groups.
    pub(crate) fn may(self, bits: u32, metadata: &Metadata) -> bool {
        let shift = if metadata.uid() == self.uid {
            6
        } else if metadata.gid() == self.gid {
            3
        } else {
            0
        };
        !self.dropped || (metadata.mode() >> shift) & bits == bits
    }

    /// `id(1)` knows every user directory, `/etc/passwd` is only one of them.
    fn from_id(user: &[&str], dropped: bool) -> Option<Self> {
        let ask = |option: &str| {
            let output = Command::new("id").arg(option).args(user).output().ok()?;
            String::from_utf8(output.stdout).ok()?.trim().parse().ok()
        };
        Some(Self { uid: ask("-u")?, gid: ask("-g")?, dropped })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn is_never_root() {
        assert_ne!(Identity::of_server().unwrap().uid, 0);
    }

    #[test]
    fn an_unknown_user_is_none() {
        assert!(Identity::from_id(&["no-such-user-here"], true).is_none());
    }

    #[test]
    fn only_a_dropped_user_needs_permission() {
        let stranger = Identity { uid: u32::MAX - 1, gid: u32::MAX - 1, dropped: true };
        let root = fs::metadata("/").unwrap();
        assert!(stranger.may(0o1, &root));
        assert!(!stranger.may(0o3, &root));
        let ourselves = Identity { dropped: false, ..stranger };
        assert!(ourselves.may(0o3, &root));
    }
}
