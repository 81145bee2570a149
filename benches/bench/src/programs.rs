//! The contestants and where their programs are.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contestant {
    Ours,
    Refinery,
    Sqlx,
    Diesel,
    /// The `postgres` client alone.
    Bare,
}

use Contestant::{Bare, Diesel, Ours, Refinery, Sqlx};

pub(crate) const ALL: [Contestant; 5] = [Ours, Refinery, Sqlx, Diesel, Bare];
/// Those that keep a history.
pub(crate) const TOOLS: [Contestant; 4] = [Ours, Refinery, Sqlx, Diesel];
pub(crate) const PEERS: [Contestant; 3] = [Refinery, Sqlx, Diesel];

impl fmt::Display for Contestant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Ours => "ours",
            Refinery => "refinery",
            Sqlx => "sqlx",
            Diesel => "diesel",
            Bare => "bare",
        })
    }
}

impl Contestant {
    pub(crate) fn program(self) -> PathBuf {
        target().join("release").join(format!("contestant-{self}"))
    }
}

/// Writes the SQL and builds all contestants, each by itself: built together, they would share the
/// features of what they depend on.
pub(crate) fn build_contestants() -> Result {
    run(Command::new("python3").arg(benches().join("generate.py")))?;
    for contestant in ALL {
        cargo(&["build", "--release", "--locked", "-p", &format!("contestant-{contestant}")])?;
    }
    Ok(())
}

/// Runs cargo in the workspace of the benchmarks.
pub(crate) fn cargo(arguments: &[&str]) -> Result {
    run(Command::new("cargo").args(arguments).current_dir(benches()))
}

pub(crate) fn run(command: &mut Command) -> Result {
    eprintln!("{command:?}");
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}").into()) }
}

/// The folder of the benchmarks.
pub(crate) fn benches() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| benches().join("target"), PathBuf::from)
}
