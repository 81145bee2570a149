//! Reads a folder of SQL migrations: from a directory to a checked, ordered list.
//!
//! An implementation detail of `migrations-runtime`; depend on that crate instead.
//! This crate is pure but for reading the folder: it opens no socket and knows no proc-macro,
//! so that whatever checks migrations says the same about them.

mod block;
mod checksum;
mod commands;
mod copy;
mod custom_settings;
mod diagnostic;
mod directives;
mod directory;
mod effect;
mod excerpt;
mod file_name;
mod finding;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod grammar;
mod kind;
mod lexer;
mod lock;
mod migration;
mod nearest;
mod parts;
mod pattern;
mod position;
mod rules;
mod script;
mod settings;
mod statements;
mod steps;

pub use checksum::{Digest, display_digest, set_digest};
pub use diagnostic::{Diagnostic, Severity};
pub use directives::Directives;
pub use directory::{Folder, check, locate, read};
pub use effect::Effect;
pub use excerpt::Excerpt;
pub use file_name::{REPEATABLE, is_name, version_digits};
pub use kind::Kind;
pub use lock::{Change, LOCK_FILE, Lock, cargo_command};
pub use migration::Migration;
pub use parts::Part;
pub use position::Position;
pub use rules::{Rule, SyntaxError, syntax_errors};
pub use script::{Place, statements};
pub use steps::Step;
