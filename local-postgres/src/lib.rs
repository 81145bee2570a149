//! A private PostgreSQL server from the binaries that are installed on this machine.
//!
//! Two kinds, for two needs:
//!
//! - [`TemporaryServer`]: a throw-away server for tests. It belongs to one process and leaves
//!   nothing behind, even when that process is killed.
//! - [`SharedServer`]: a server that keeps its data, shared by every process that opens the same
//!   directory. The first one starts it, the last one out stops it.
//!
//! And a [`TemporaryPooler`]: a PgBouncer in front of a temporary server.
//!
//! ```no_run
//! use local_postgres::TemporaryServer;
//!
//! let server = TemporaryServer::start()?;
//! println!("{}", server.url("postgres"));
//! # Ok::<(), local_postgres::Error>(())
//! ```
//!
//! The binaries are searched for in `PG_BIN`, in `PATH`, where `pg_config --bindir` says, and in
//! the directories where the usual packages put them; see [`find_binaries`].
//!
//! PostgreSQL refuses to run as root. Started by root, the server runs as the user `postgres`, or
//! else as `nobody`, and its files go where that user can reach them.
//!
//! Both kinds let everybody in who reaches them: as the superuser `postgres`, without a password.
//! They are reached through a unix socket in a directory that only its owner may enter; a
//! [`TemporaryServer`] also listens on 127.0.0.1 when it is told to. Unix only, no dependencies.

#[cfg(not(unix))]
compile_error!(
    "local-postgres works on Unix only; elsewhere, name a running server in DATABASE_URL"
);

mod pooler;
mod shared;
mod temporary;

mod cluster;
mod daemon;
mod supervisor;
mod template;
mod users;

mod binaries;
mod command;
mod directory;
mod error;
mod identity;
mod url;

pub use crate::binaries::find as find_binaries;
pub use crate::error::Error;
pub use crate::pooler::TemporaryPooler;
pub use crate::shared::SharedServer;
pub use crate::temporary::{Builder, TemporaryServer};
