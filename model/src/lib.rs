//! A state model of a run, to be checked exhaustively: all interleavings of some runners and a server,
//! with a fault at any step. See `README.md` for what it holds and what it leaves out.
//!
//! Steps are called what they are called in `migrations-runtime`.

// A state that cannot be is a mistake of the model's, which the checker is to show.
#![allow(clippy::expect_used, clippy::missing_panics_doc)]

mod broken;
mod client;
mod ends;
mod exchange;
mod execute;
mod faults;
mod outside;
mod promises;
mod protocol;
mod runner;
mod server;
mod session;

pub use broken::Broken;
pub use ends::{Explored, explore};
pub use protocol::{Action, Protocol, State};
pub use runner::{Runner, Step, Why};
pub use server::{Journal, Kind, Row, Server};
pub use session::{Role, Session, SessionId, Statement, Token};
