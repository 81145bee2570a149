//! Where a server's files go: where its user can reach them and a socket's path is short enough.

use crate::error::Error;
use crate::identity::Identity;
use std::env;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{self, Path, PathBuf};
use std::process::{self, Command};
use std::sync::atomic::{AtomicU32, Ordering};

/// The shortest limit for a socket's path is macOS's: 104 bytes, one of them for the final zero.
const LONGEST_SOCKET_PATH: usize = 103;
const LONGEST_SOCKET_NAME: usize = "/.s.PGSQL.65535".len();
const ENOUGH_KILOBYTES: u64 = 2 << 20;

/// A new, empty directory of the server's user.
pub(crate) fn temporary(identity: Identity) -> Result<PathBuf, Error> {
    let base = temporary_bases()
        .into_iter()
        .find(|base| fits_a_socket(&base.join(temporary_name())) && is_open_to(base, identity))
        .ok_or_else(|| Error::other(format!(
            "no directory for a temporary server: none of TMPDIR, /tmp and /var/tmp has a short \
             path and lets user {} write: set TMPDIR to one that does",
            identity.uid,
        )))?;
    let directory = create_unique(&base)?;
    identity.own(&directory)?;
    Ok(directory)
}

/// Writes a file that only the server's user may read.
pub(crate) fn write(
    directory: &Path,
    identity: Identity,
    name: &str,
    contents: &str,
) -> Result<(), Error> {
    let path = directory.join(name);
    let write = || {
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(contents.as_bytes())
    };
    write().map_err(Error::io("write", &path))?;
    identity.own(&path)
}

/// What the server of this directory has logged so far.
pub(crate) fn log(directory: &Path) -> String {
    fs::read(directory.join("log"))
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default()
}

/// The directory of a shared server: `preferred`, or a stand-in of it below /var/tmp.
pub(crate) fn shared(preferred: &Path, identity: Identity) -> Result<PathBuf, Error> {
    let preferred = path::absolute(preferred).map_err(Error::io("make absolute", preferred))?;
    claim(&preferred, identity).or_else(|first| {
        claim(&stand_in(&preferred, identity), identity).map_err(|second| {
            Error::other(format!(
                "no directory for a shared server: {first:?}, and {second:?}: \
                 remove the second, or choose another first"
            ))
        })
    })
}

fn claim(directory: &Path, identity: Identity) -> Result<PathBuf, Error> {
    let directory = in_real_parent(directory)?;
    if !fits_a_socket(&directory) {
        let path = directory.display();
        return Err(Error::other(format!("`{path}` is too long, or has a comma, for a socket")));
    }
    if !is_reachable(&directory, identity) {
        let (path, uid) = (directory.display(), identity.uid);
        return Err(Error::other(format!("`{path}` is out of reach for user {uid}")));
    }
    create_or_check(&directory, identity)?;
    identity.own(&directory)?;
    Ok(directory)
}

/// Creates the parent and resolves its links.
fn in_real_parent(directory: &Path) -> Result<PathBuf, Error> {
    let (Some(parent), Some(name)) = (directory.parent(), directory.file_name()) else {
        return Err(Error::other(format!("`{}` names no directory", directory.display())));
    };
    fs::create_dir_all(parent).map_err(Error::io("create directory", parent))?;
    let parent = fs::canonicalize(parent).map_err(Error::io("resolve", parent))?;
    Ok(parent.join(name))
}

/// /var/tmp is everybody's: what is already there under our name must be ours.
fn create_or_check(directory: &Path, identity: Identity) -> Result<(), Error> {
    match create(directory) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => check(directory, identity),
        other => other.map_err(Error::io("create directory", directory)),
    }
}

fn check(directory: &Path, identity: Identity) -> Result<(), Error> {
    let found = fs::symlink_metadata(directory).map_err(Error::io("inspect", directory))?;
    if found.is_dir() && identity.owns(&found) {
        return Ok(());
    }
    let (path, uid) = (directory.display(), identity.uid);
    Err(Error::other(format!("`{path}` is there, but is not a directory of user {uid}")))
}

/// Two checkouts must not meet in one stand-in, hence the digest of the whole path.
fn stand_in(preferred: &Path, identity: Identity) -> PathBuf {
    let name = preferred.file_name().unwrap_or_default().to_string_lossy();
    let digest = digest(preferred.as_os_str().as_bytes());
    PathBuf::from(format!("/var/tmp/{name}-{}-{digest:08x}", identity.uid))
}

/// FNV-1a. The standard library's hasher may change, and the data would be lost from sight.
fn digest(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// A RAM disk makes `initdb` and the copy of a template 2 to 10 times faster.
fn temporary_bases() -> Vec<PathBuf> {
    let mut bases = vec![env::temp_dir(), "/tmp".into(), "/var/tmp".into()];
    if env::var_os("TMPDIR").is_none() && has_room(Path::new("/dev/shm")) {
        bases.insert(0, "/dev/shm".into());
    }
    bases
}

/// Containers often give /dev/shm 64 MB, which one server fills.
fn has_room(directory: &Path) -> bool {
    let output = Command::new("df").arg("-Pk").arg(directory).output();
    output.is_ok_and(|output| {
        let table = String::from_utf8_lossy(&output.stdout);
        available_kilobytes(&table).is_some_and(|free| free > ENOUGH_KILOBYTES)
    })
}

fn available_kilobytes(df: &str) -> Option<u64> {
    let row = df.lines().nth(1)?;
    row.split_whitespace().nth(3)?.parse().ok()
}

fn create_unique(base: &Path) -> Result<PathBuf, Error> {
    loop {
        let directory = base.join(temporary_name());
        match create(&directory) {
            Ok(()) => return Ok(directory),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::io("create directory", &directory)(error)),
        }
    }
}

fn temporary_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("local-postgres-{}-{number}", process::id())
}

fn create(directory: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(directory)
}

/// libpq reads a comma in the host as the start of a second host.
fn fits_a_socket(directory: &Path) -> bool {
    let path = directory.as_os_str().as_bytes();
    path.len() + LONGEST_SOCKET_NAME <= LONGEST_SOCKET_PATH && !path.contains(&b',')
}

fn is_open_to(base: &Path, identity: Identity) -> bool {
    let writable = fs::metadata(base).is_ok_and(|found| identity.may(0o3, &found));
    writable && is_reachable(base, identity)
}

fn is_reachable(directory: &Path, identity: Identity) -> bool {
    let mut parents = directory.ancestors().skip(1);
    parents.all(|parent| fs::metadata(parent).is_ok_and(|found| identity.may(0o1, &found)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_or_a_comma_does_not_fit_a_socket() {
        assert!(fits_a_socket(Path::new("/tmp/with space")));
        assert!(!fits_a_socket(Path::new("/tmp/a,b")));
        assert!(fits_a_socket(Path::new(&"x".repeat(88))));
        assert!(!fits_a_socket(Path::new(&"x".repeat(89))));
    }

    #[test]
    fn two_checkouts_have_two_stand_ins() {
        let identity = Identity::of_server().unwrap();
        let one = stand_in(Path::new("/one/target/app"), identity);
        let two = stand_in(Path::new("/two/target/app"), identity);
        assert_ne!(one, two);
        assert!(one.to_str().unwrap().starts_with("/var/tmp/app-"), "{one:?}");
    }

    #[test]
    fn the_digest_is_fnv_1a() {
        assert_eq!(digest(b"foobar"), 0xbf9c_f968);
    }

    #[test]
    fn free_space_is_the_fourth_column() {
        let table = "Filesystem 1024-blocks Used Available Capacity Mounted on\n\
                     tmpfs 65536 0 65535 1% /dev/shm\n";
        assert_eq!(available_kilobytes(table), Some(65535));
        assert_eq!(available_kilobytes(""), None);
    }

    #[test]
    fn a_foreign_directory_is_refused() {
        let identity = Identity::of_server().unwrap();
        let error = check(Path::new("/dev/null"), identity).unwrap_err();
        assert!(error.to_string().contains("`/dev/null`"), "{error}");
    }
}
