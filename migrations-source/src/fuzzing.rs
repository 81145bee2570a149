//! What the fuzz targets (`fuzz/`) need of the inside. No part of the API: the feature `fuzzing` is
//! theirs alone.

use std::path::Path;

use crate::checksum::Digest;
use crate::diagnostic::Diagnostic;
use crate::directory::Folder;
use crate::grammar::Accepted;
use crate::kind;
use crate::lexer::{Kind, Token, tokens};
use crate::lock::{self, Lock};
use crate::migration::Migration;

/// A token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Where it begins in the text, in bytes.
    pub start: usize,
    /// What it is made of.
    pub text: &'a str,
    /// What it is.
    pub what: What,
}

/// What a token is, as far as it matters where it may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// White space or a comment.
    Blank,
    /// A command of psql.
    PsqlCommand,
    /// The data of a `COPY … FROM STDIN`.
    CopyData,
    /// A comment or something quoted whose end is missing.
    Unterminated,
    /// A string in apostrophes.
    String,
    /// Anything else.
    Code,
}

/// The tokens of a text.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    tokens(text).map(piece).collect()
}

fn piece(token: Token<'_>) -> Piece<'_> {
    let what = match token.kind {
        _ if token.is_blank() => What::Blank,
        Kind::MetaCommand => What::PsqlCommand,
        Kind::CopyData => What::CopyData,
        Kind::Unterminated => What::Unterminated,
        Kind::String => What::String,
        _ => What::Code,
    };
    Piece { start: token.start, text: token.text, what }
}

/// The checksum of a text.
#[must_use]
pub fn checksum(text: &str) -> Digest {
    crate::checksum::checksum(&tokens(text).collect::<Vec<_>>())
}

/// All that is done with the bytes of a file.
#[must_use]
pub fn check_file(
    kind: kind::Kind,
    path: &Path,
    bytes: &[u8],
) -> (Option<Migration>, Vec<Diagnostic>) {
    Migration::new(kind, (1, "fuzzed".into()), path, bytes, &mut Accepted::default())
}

/// Reads the text of a lock file.
#[must_use]
pub fn parse_lock(text: &str) -> Lock {
    Lock::parse(text.into())
}

/// What is told of a folder that has this lock.
#[must_use]
pub fn lock_problems(lock: &Lock, folder: &Folder) -> Vec<Diagnostic> {
    lock::problems_of(lock, Path::new(lock::LOCK_FILE), folder)
}
