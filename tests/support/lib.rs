//! What the tests share: a database for each test, processes to start many of, and a proxy that
//! counts and cuts.

// A test that cannot be set up fails with the reason, which is what these do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]

mod by_hand;
mod database;
mod gate;
mod naive;
mod pooler;
mod proxy;
mod sets;
mod starter;
mod stepper;

pub use by_hand::{by_hand, by_hand_in, by_hand_set, by_hand_source, by_hand_sources};
pub use database::{Pool, TestDatabase, eventually};
pub use gate::Gate;
pub use naive::{Naive, run_naively};
pub use pooler::{Neighbours, Pooled, SHARED};
pub use proxy::{Cut, Proxy};
pub use sets::{SETS, by_name};
pub use starter::{Outcome, Starter};
pub use stepper::{Stepper, Then};
