//! Where this machine keeps `initdb`, `postgres` and `pg_ctl`.

use crate::error::Error;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{self, Path, PathBuf};
use std::process::{Command, Stdio};

const PROGRAMS: [&str; 3] = ["initdb", "postgres", "pg_ctl"];

/// Directory, prefix of the entries that count, and the place of the programs below such an entry.
const WELL_KNOWN: [(&str, &str, &str); 10] = [
    ("/usr/lib/postgresql", "", "bin"),         // Debian, Ubuntu
    ("/usr", "pgsql-", "bin"),                  // PGDG on Fedora, RHEL
    ("/usr/libexec", "postgresql", ""),         // Alpine
    ("/opt/homebrew/opt", "postgresql", "bin"), // Homebrew, ARM
    ("/usr/local/opt", "postgresql", "bin"),    // Homebrew, Intel
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql", "bin"), // Homebrew, Linux
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"), // Postgres.app
    ("/Library/PostgreSQL", "", "bin"),         // EDB's installer
    ("/opt/local/lib", "postgresql", "bin"),    // MacPorts
    ("/usr/local", "pgsql", "bin"),             // From source
];

const INSTALL: [(&str, &str); 4] = [
    ("apt-get", "apt-get install -y --no-install-recommends postgresql"),
    ("dnf", "dnf install -y postgresql-server"),
    ("apk", "apk add postgresql"),
    ("brew", "brew install postgresql@18"),
];

/// Finds the directory that holds the server's programs.
///
/// `PG_BIN` decides alone when it is set. Otherwise the first of these that has the programs:
/// the directories of `PATH`, links followed; what `pg_config --bindir` prints; the directories of
/// the usual packages, newest version first.
///
/// # Errors
///
/// When nothing is found; the message is one line that says what to do, and
/// [`Error::is_not_installed`] is true.
pub fn find() -> Result<PathBuf, Error> {
    let found = match env::var_os("PG_BIN").filter(|value| !value.is_empty()) {
        Some(directory) => check_pg_bin(directory.into()),
        None => search().ok_or_else(nothing_found),
    }?;
    // The programs are run from another working directory than ours.
    path::absolute(&found).map_err(Error::io("make absolute", &found))
}

/// The major version of the server, such as `15`.
pub(crate) fn major_version(binaries: &Path) -> Result<String, Error> {
    let postgres = binaries.join("postgres");
    let output =
        Command::new(&postgres).arg("--version").output().map_err(Error::io("run", &postgres))?;
    let text = String::from_utf8_lossy(&output.stdout);
    match first_number(&text) {
        0 => Err(Error::other(format!("`{}` does not tell its version", postgres.display()))),
        major => Ok(major.to_string()),
    }
}

fn check_pg_bin(directory: PathBuf) -> Result<PathBuf, Error> {
    if is_complete(&directory) {
        return Ok(directory);
    }
    Err(Error::not_installed(format!(
        "PG_BIN is `{}`, but not all of {} are there: name the directory that holds them, or unset \
         PG_BIN and have it searched for",
        directory.display(),
        PROGRAMS.join(", "),
    )))
}

fn search() -> Option<PathBuf> {
    on_path().chain(from_pg_config()).chain(well_known()).find(|directory| is_complete(directory))
}

fn is_complete(directory: &Path) -> bool {
    PROGRAMS.iter().all(|name| directory.join(name).is_file())
}

/// Every directory of `PATH`, each after the one that its `postgres` links to.
fn on_path() -> impl Iterator<Item = PathBuf> {
    path_directories().into_iter().flat_map(|directory| {
        let real = fs::canonicalize(directory.join("postgres")).ok();
        let linked = real.and_then(|file| file.parent().map(Path::to_path_buf));
        linked.into_iter().chain([directory])
    })
}

/// The directories of `PATH`.
pub(crate) fn path_directories() -> Vec<PathBuf> {
    env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect()
}

fn from_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().into())
}

fn well_known() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for (directory, prefix, below) in WELL_KNOWN {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            if let Some(version) = version_of(&entry.file_name(), prefix) {
                found.push((version, entry.path().join(below)));
            }
        }
    }
    newest_first(found)
}

fn version_of(name: &OsStr, prefix: &str) -> Option<u32> {
    let name = name.to_str()?;
    name.starts_with(prefix).then(|| first_number(name))
}

fn newest_first(mut found: Vec<(u32, PathBuf)>) -> Vec<PathBuf> {
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, directory)| directory).collect()
}

fn first_number(text: &str) -> u32 {
    text.split(|c: char| !c.is_ascii_digit())
        .find(|digits| !digits.is_empty())
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}

fn nothing_found() -> Error {
    let install = INSTALL
        .iter()
        .find(|(manager, _)| path_directories().iter().any(|d| d.join(manager).is_file()))
        .map_or("the package manager of this system", |(_, line)| line);
    Error::not_installed(format!(
        "no PostgreSQL server on this machine: `make demo` and `make test` install one, as does \
         `{install}`; or set PG_BIN to the directory of initdb and postgres, or DATABASE_URL to a \
         running server",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_one_line_that_says_what_to_do() {
        let error = nothing_found();
        let message = error.to_string();
        assert!(error.is_not_installed());
        assert!(!message.contains('\n'));
        for part in ["make demo", "make test", "PG_BIN", "DATABASE_URL"] {
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn a_wrong_pg_bin_is_named() {
        let error = check_pg_bin("/nowhere".into()).unwrap_err();
        assert!(error.is_not_installed());
        assert!(error.to_string().contains("`/nowhere`"), "{error}");
        assert!(!error.to_string().contains('\n'), "{error}");
    }

    #[test]
    fn versions_are_read_from_directory_names() {
        for (name, prefix, version) in [
            ("15", "", Some(15)),
            ("pgsql-17", "pgsql-", Some(17)),
            ("postgresql@18", "postgresql", Some(18)),
            ("postgresql", "postgresql", Some(0)),
            ("mysql8", "postgresql", None),
        ] {
            assert_eq!(version_of(OsStr::new(name), prefix), version, "{name}");
        }
    }

    #[test]
    fn ten_is_newer_than_nine() {
        let found = vec![(9, "9".into()), (10, "10".into()), (0, "x".into())];
        assert_eq!(newest_first(found), ["10", "9", "x"].map(PathBuf::from));
    }
}
