#![doc = include_str!("../README.md")]
#![expect(clippy::needless_doctest_main, reason = "the README shows a build script")]

mod apply;
mod backoff;
mod baseline;
mod error;
mod excerpt;
mod failure;
mod flights;
mod here;
mod history;
mod lock;
mod migration;
mod migrations;
mod observer;
mod once;
mod options;
mod plan;
mod report;
mod retries;
mod run;
mod runner;
mod session;
mod sql;
mod trouble;
mod turn;
mod watch;
mod worker;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use error::Error;
pub use lock::Holder;
pub use migration::{Checksum, Migration};
pub use migrations::Migrations;
pub use observer::Observer;
pub use report::{Applied, Other, Report};
pub use runner::Runner;

/// Embeds a folder of SQL migrations: checks, orders and checksums it at build time, and expands to
/// a [`Migrations`] of plain static data.
pub use migrations_macro::embed_migrations;
