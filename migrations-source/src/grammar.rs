//! PostgreSQL's grammar. The one module that knows which crate holds it.

#[cfg(feature = "syntax")]
mod accepted;
#[cfg(feature = "syntax")]
mod kinds;

#[cfg(feature = "syntax")]
pub(crate) use accepted::Accepted;

use crate::lexer::{Kind, Token};
#[cfg(feature = "syntax")]
use crate::nearest::near;
use crate::rules::SyntaxError;
#[cfg(not(feature = "syntax"))]
use crate::statements::Statement;

/// The first error of a text, by the grammar of the newest PostgreSQL.
#[cfg(feature = "syntax")]
pub(crate) fn check(text: &str) -> Option<SyntaxError> {
    let error = rupg_sql::check(text).err()?;
    let offset = boundary(text, error.location.unwrap_or_default());
    Some(SyntaxError { offset, message: error.message })
}

/// The place of a wrong escape in `U&"…"` is counted as if the doubled quotes before it were single:
/// it can be within a character.
#[cfg(feature = "syntax")]
fn boundary(text: &str, offset: usize) -> usize {
    (0..=offset).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
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

/// Without the grammar, there is nothing to remember.
#[cfg(not(feature = "syntax"))]
#[derive(Default)]
pub(crate) struct Accepted {}

#[cfg(not(feature = "syntax"))]
impl Accepted {
    #[allow(clippy::unused_self)]
    pub(crate) fn holds(&mut self, statement: &Statement<'_, '_>) -> bool {
        statement.tokens.iter().all(|token| token.kind != Kind::Unterminated)
    }
}

/// Without the grammar, no keyword is known.
#[cfg(not(feature = "syntax"))]
pub(crate) fn near_keywords(_: &Token<'_>) -> Vec<&'static str> {
    Vec::new()
}

#[cfg(all(test, not(feature = "syntax")))]
mod tests {
    use crate::rules::{SyntaxError, syntax_errors};

    #[test]
    fn without_the_grammar_what_does_not_end_is_still_found() {
        let cases = [
            ("SELECT 'a", 7, "unterminated quoted string at or near \"'a\""),
            ("SELECT $x$ $$", 7, "unterminated dollar-quoted string at or near \"$x$ $$\""),
            ("SELECT \"a;", 7, "unterminated quoted identifier at or near \"\"a;\""),
            ("SELECT 1; /* a", 10, "unterminated /* comment at or near \"/* a\""),
        ];
        for (text, offset, message) in cases {
            let expected = SyntaxError { offset, message: message.into() };
            assert_eq!(syntax_errors(text), [expected], "{text}");
        }
        assert_eq!(syntax_errors("SELEKT"), []);
    }
}
