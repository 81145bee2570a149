#![doc = include_str!("../CLI.md")]

mod act;
mod args;
mod choice;
mod console;
mod documents;
mod exit;
mod failure;
mod look;
mod observe;
mod output;
mod program;
mod revert;
mod style;
mod table;
mod task;
mod try_out;
mod unlock;
mod words;

pub use args::Migrate;
pub use program::run;
