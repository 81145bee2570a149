use std::path::{Path, PathBuf};

use crate::checksum::{Digest, checksum};
use crate::custom_settings;
use crate::diagnostic::Diagnostic;
use crate::directives::directives;
use crate::lexer::{Token, tokens};
use crate::position::Position;
use crate::statements::statements;
use crate::transaction_control;

const BOM: &str = "\u{feff}";

/// One checked migration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The number that its file name begins with.
    pub version: i64,
    /// What follows the number in its file name.
    pub name: String,
    /// The file as it can be opened from anywhere.
    pub path: PathBuf,
    /// The file as people are told of it.
    pub shown: String,
    /// Whether the file begins with a byte order mark, which is no SQL.
    pub has_bom: bool,
    /// Whether it may set a setting that cannot be restored in its session.
    pub sets_custom_settings: bool,
    /// The SHA-256 of the text, see [`checksum`].
    pub checksum: Digest,
}

impl Migration {
    /// Checks the bytes of the file `path` and takes their checksum.
    pub(crate) fn new(
        (version, name): (i64, String),
        path: PathBuf,
        bytes: &[u8],
    ) -> Result<Self, Vec<Diagnostic>> {
        let text = decode(&path, bytes)?;
        let sql = without_bom(text);
        let tokens: Vec<_> = tokens(sql).collect();
        check(&path, sql, &tokens)?;
        Ok(Self {
            version,
            name,
            shown: Diagnostic::shown_path(&path),
            has_bom: text.starts_with(BOM),
            sets_custom_settings: custom_settings::may_be_set(&tokens),
            checksum: checksum(text),
            path,
        })
    }
}

/// The text as PostgreSQL may see it.
pub(crate) fn without_bom(text: &str) -> &str {
    text.strip_prefix(BOM).unwrap_or(text)
}

fn decode<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a str, Vec<Diagnostic>> {
    str::from_utf8(bytes).map_err(|error| {
        let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let problem = Diagnostic::new(path, "the file is not UTF-8")
            .at(Position::at_end_of(&valid))
            .help("save it in UTF-8, the only encoding in which migrations are embedded");
        vec![problem]
    })
}

fn check(path: &Path, text: &str, tokens: &[Token<'_>]) -> Result<(), Vec<Diagnostic>> {
    let mut problems: Vec<_> = nul(path, text).into_iter().chain(empty(path, tokens)).collect();
    problems.extend(unknown_directives(path, text, tokens));
    problems.extend(transaction_control::check(path, text, tokens));
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn nul(path: &Path, text: &str) -> Option<Diagnostic> {
    let offset = text.find('\0')?;
    let problem = Diagnostic::new(path, "the file holds a NUL character")
        .at(Position::at_end_of(&text[..offset]))
        .help("remove it: PostgreSQL's text cannot hold one");
    Some(problem)
}

fn empty(path: &Path, tokens: &[Token<'_>]) -> Option<Diagnostic> {
    statements(tokens).next().is_none().then(|| {
        Diagnostic::new(path, "the migration is empty")
            .help("write its SQL, or remove the file if it was never released")
    })
}

fn unknown_directives(
    path: &Path,
    text: &str,
    tokens: &[Token<'_>],
) -> impl Iterator<Item = Diagnostic> {
    directives(tokens).map(move |(offset, directive)| {
        Diagnostic::new(path, format!("unknown directive `{directive}`"))
            .at(Position::at_end_of(&text[..offset]))
            .help("remove the comment: this version knows no `-- migrations:` directives")
    })
}
