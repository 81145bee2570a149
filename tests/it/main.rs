//! Tests against a real PostgreSQL; one database for each test.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bad_input;
mod batches;
mod blockers;
mod catalog;
mod concurrently;
mod copy;
mod crash;
mod doubts;
mod dropped;
mod dry_run;
mod dumps;
mod embed;
mod errors;
mod fresh;
mod hooks;
mod hostile;
mod names;
mod once;
mod operate;
mod options;
mod outside;
mod policies;
mod pooler;
mod progress;
mod race;
mod readme;
mod repeatables;
mod replay;
mod resolve;
mod restored;
mod resume;
mod reused_number;
mod revert;
mod rights;
mod role;
mod round_trips;
mod rules;
mod scale;
mod secrets;
mod security;
mod session;
mod standby;
mod stop;
mod story;
mod texts;
mod tls;
mod told;
mod waiting;

/// The binary that tests start as processes.
fn starter() -> &'static std::path::Path {
    std::path::Path::new(env!("CARGO_BIN_EXE_starter"))
}
