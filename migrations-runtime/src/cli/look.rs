//! Commands that look and change nothing.

mod embedded;
mod plan;
mod recorded;
mod standing;
mod waited;

pub(super) use embedded::version;
pub(super) use plan::{plan, sql};
pub(super) use recorded::history;
pub(super) use standing::{status, verify};
pub(super) use waited::waiting;
