//! Lines on standard output: the level, and what happened.

use std::io::Write as _;

use env_logger::{Builder, Env, Target};

/// Logs from `info` on, or what `RUST_LOG` says.
pub(crate) fn start() {
    Builder::from_env(Env::default().default_filter_or("info"))
        .target(Target::Stdout)
        .format(|line, record| writeln!(line, "{:5} {}", record.level(), record.args()))
        .init();
}
