//! Reads a folder of SQL migrations: from a directory to a checked, ordered list.
//!
//! An implementation detail of `migrations-runtime`; depend on that crate instead.
//! This crate is pure but for reading the folder: it opens no socket and knows no proc-macro,
//! so that whatever checks migrations says the same about them.

mod checksum;
mod custom_settings;
mod diagnostic;
mod directives;
mod directory;
mod file_name;
mod lexer;
mod migration;
mod position;
mod statements;
mod transaction_control;

pub use checksum::{Digest, checksum, set_digest};
pub use diagnostic::Diagnostic;
pub use directory::{locate, read};
pub use migration::Migration;
pub use position::Position;
