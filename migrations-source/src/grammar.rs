//! PostgreSQL's grammar. The one module that knows which crate holds it.

use crate::lexer::{Kind, Token};
#[cfg(feature = "syntax")]
use crate::nearest::near;
use crate::rules::SyntaxError;

/// The first error of a text, by the grammar of the newest PostgreSQL.
#[cfg(feature = "syntax")]
pub(crate) fn check(text: &str) -> Option<SyntaxError> {
    let error = rupg_sql::check(text).err()?;
    Some(SyntaxError { offset: error.location.unwrap_or_default(), message: error.message })
}

/// The keywords that a word is like, if it is none itself, the most like first.
#[cfg(feature = "syntax")]
pub(crate) fn near_keywords(token: &Token<'_>) -> Vec<&'static str> {
    let word = token.text.to_ascii_lowercase();
    if token.kind != Kind::Word || rupg_sql::keyword(&word).is_some() {
        return Vec::new();
    }
    near(&word, rupg_sql::keywords().iter().map(|keyword| keyword.name))
}

/// Without the grammar, what the lexer knows: something quoted that does not end.
#[cfg(not(feature = "syntax"))]
pub(crate) fn check(text: &str) -> Option<SyntaxError> {
    let token = crate::lexer::tokens(text).find(|token| token.kind == Kind::Unterminated)?;
    let what = match token.text.as_bytes() {
        [b'/', ..] => "/* comment",
        [b'$', ..] => "dollar-quoted string",
        [b'"', ..] | [_, b'&', b'"', ..] => "quoted identifier",
        _ => "quoted string",
    };
    let message = format!("unterminated {what} at or near \"{}\"", token.text);
    Some(SyntaxError { offset: token.start, message })
}

/// Without the grammar, no keyword is known.
#[cfg(not(feature = "syntax"))]
pub(crate) fn near_keywords(_: &Token<'_>) -> Vec<&'static str> {
    Vec::new()
}
