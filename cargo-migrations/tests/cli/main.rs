//! The command as it is run: exit codes, and what it prints to the letter.

#![allow(clippy::unwrap_used)]

mod check;
mod common;
mod conflict;
mod formats;
mod list;
mod lock;
mod new;
mod support;
