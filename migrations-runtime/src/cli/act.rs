//! Commands that apply, or that change the history.

mod adopted;
mod applied;
mod mended;
mod resolved;

pub(super) use adopted::baseline;
pub(super) use applied::up;
pub(super) use mended::repair;
pub(super) use resolved::resolve;
