//! Runs migrations among disasters, round by round, and checks what is left. See `README.md`.

mod arguments;
mod calibrate;
mod campaign;
mod checker;
mod child;
mod database;
mod disaster;
mod disk;
mod failure;
mod migrate;
mod plan;
mod proxy;
mod recover;
mod round;
mod scratch;
mod server;
mod sets;
mod strike;
mod summary;

use std::error::Error;

pub use arguments::{Arguments, Format};
pub use campaign::Campaign;
pub use checker::{Checker, Claims, Stage};
pub use child::{Child, End};
pub use database::Database;
pub use disaster::Disaster;
pub use migrate::migrate;
pub use plan::Plan;
pub use proxy::{Direction, Fate, Fault, Proxy};
pub use scratch::Scratch;
pub use server::Server;
pub use sets::Kind;

/// What the driver itself could not do, such as to start a server. What is wrong with migrations is no
/// error, but a complaint.
pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;
