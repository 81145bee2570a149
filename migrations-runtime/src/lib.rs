#![doc = include_str!("../README.md")]
#![expect(clippy::needless_doctest_main, reason = "the README shows a build script")]

mod adopt;
mod advice;
mod apply;
mod backoff;
mod baseline;
mod batch;
mod catalog;
mod cause;
#[cfg(feature = "cli")]
pub mod cli;
mod context;
mod dry_run;
mod effect;
mod error;
mod excerpt;
mod failure;
mod flights;
mod fresh;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod held;
mod here;
mod history;
mod hooks;
mod inspect;
mod journal;
mod left_behind;
mod linked;
mod lock;
mod locked;
mod message;
mod migration;
mod migrations;
mod observer;
mod once;
mod one_by_one;
mod operate;
mod options;
mod outside;
mod parts;
mod pending;
mod plan;
mod printable;
mod progress;
mod recorded;
mod refusal;
mod repair;
mod report;
mod resolve;
mod retries;
mod revert;
mod run;
mod runner;
mod seconds;
mod session;
mod sets;
mod sql;
mod standing;
mod statement;
mod status;
mod stop;
mod task;
mod transaction;
mod trouble;
mod turn;
mod unlock;
mod watch;
mod work;
mod worker;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use dry_run::DryRun;
pub use error::Error;
pub use hooks::HookError;
pub use lock::Holder;
pub use migration::{Checksum, Kind, Migration};
pub use migrations::Migrations;
pub use observer::Observer;
pub use progress::{Phase, Progress};
pub use recorded::Recorded;
pub use repair::Repaired;
pub use report::{Applied, Continued, Found, Other, Report};
pub use resolve::Resolve;
pub use revert::Revert;
pub use runner::Runner;
pub use sets::Sets;
pub use statement::Statement;
pub use status::{Entry, State, Status};
pub use stop::StopHandle;

/// Embeds a folder of SQL migrations at build time, as a [`Migrations`] of plain static data.
///
/// `embed_migrations!()` takes the folder `migrations` beside the crate's `Cargo.toml`, or else the
/// one at the root of the crate's workspace. `embed_migrations!("../sql")` takes another one,
/// relative to the crate's `Cargo.toml`. It stands where an expression does, also as the value of a
/// `static` or a `const`.
///
/// The folder is read and checked once, by the compiler: files are called `VERSION_name.sql`, are
/// UTF-8, and hold at least one statement; no version is taken twice; PostgreSQL's grammar takes
/// every statement, and each can run where it stands. The README has the rules, and the directives
/// `-- migrations: …` by which a file says what holds for it. Files are ordered by version and
/// checksummed, see [`Checksum`]. Those that do not end in `.sql` are left alone, as are hidden ones.
///
/// `VERSION_name.down.sql` beside a migration is what reverts it, see [`Migration::down`].
/// `repeatable/NAME.sql` is an object such as a view or a function, which is applied after the
/// migrations whenever it has changed, see [`Migrations::repeatables`]: by name, and behind those that
/// it names in `-- migrations: after=NAME`. Both are held to the same rules, and each runs in one
/// transaction.
///
/// Where the folder has a `migrations.lock`, it is compared with that.
///
/// An edited file rebuilds the crate, and where there is a `migrations.lock` one that is added with
/// `cargo migrations` does. Else cargo has to be told of the folder by a `build.rs` that prints
/// `cargo::rerun-if-changed=migrations`. A binary that is older than its folder fails a test that
/// calls [`Migrations::assert_fresh`], and in a build with debug assertions each run.
///
/// Things to be warned of come as uses of something that is deprecated, because a macro has no
/// warning of its own on stable Rust.
///
/// # Errors
///
/// Each problem of the folder is a compile error of its own, which names the file:
///
/// ```text
/// error: migrations/1_again.sql: version 1 is taken by `migrations/0001_first.sql`
///          = help: give the newer of the two files the next free version
/// ```
pub use migrations_macro::embed_migrations;
