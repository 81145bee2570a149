//! The tokens of a text, by the rules of PostgreSQL's lexer: `src/backend/parser/scan.l`.
//!
//! Where the rules of the server's versions differ (vertical tab, `0x1F`, `1_000`), the newest are
//! followed. `standard_conforming_strings` counts as on, which is its default. What psql takes for
//! itself, its commands and the data of `COPY … FROM STDIN`, is told apart as psql does.

mod copy;
mod lengths;
mod quotation;
#[cfg(test)]
mod tests;

use std::ops::Range;

use copy::CopyWatch;
pub(crate) use copy::reads_from_client;
use lengths::{
    DIGIT, IDENTIFIER_PART, IDENTIFIER_START, IN_LINE, OPERATOR, SPACE, block_comment, is, number,
    operator, run,
};
pub(crate) use quotation::string_parts;
use quotation::{dollar_delimiter, dollar_quoted, inside, quoted_identifier, string};

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    /// Where it begins in the text, in bytes.
    pub(crate) start: usize,
    pub(crate) text: &'a str,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    WhiteSpace,
    /// `-- …`, without the end of the line.
    LineComment,
    /// `/* … */`, which nests.
    BlockComment,
    /// A keyword or an identifier without quotes.
    Word,
    /// `"…"` or `U&"…"`.
    QuotedIdentifier,
    /// `'…'`, also with one of the prefixes `B`, `E`, `N`, `U&`, `X`, and with what continues it on
    /// another line.
    String,
    /// `$tag$…$tag$`.
    DollarQuoted,
    Number,
    /// `$1`.
    Parameter,
    Operator,
    /// Any other character, or `::`, `:=`, or the two dots of a range.
    Punctuation,
    /// A command of psql: from a backslash to the end of the line.
    MetaCommand,
    /// What follows the line of a `COPY … FROM STDIN`: up to `\\.` on a line of its own, or all of
    /// the rest.
    CopyData,
    /// A comment or something quoted whose end is missing: all of the rest.
    Unterminated,
}

impl Token<'_> {
    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Where it stands in the text, in bytes.
    pub(crate) fn range(&self) -> Range<usize> {
        self.start..self.end()
    }

    /// What stands between the quotes of a string, in bytes of the text.
    pub(crate) fn inside(&self) -> Range<usize> {
        let inside = inside(self.text);
        self.start + inside.start..self.start + inside.end
    }

    /// Whether it is white space or a comment.
    pub(crate) fn is_blank(&self) -> bool {
        matches!(self.kind, Kind::WhiteSpace | Kind::LineComment | Kind::BlockComment)
    }

    pub(crate) fn is_comment(&self) -> bool {
        matches!(self.kind, Kind::LineComment | Kind::BlockComment)
    }

    /// Whether it ends a statement, as far as it is for the lexer to say.
    pub(crate) fn is_semicolon(&self) -> bool {
        matches!(self.text.as_bytes(), b";")
    }

    /// Whether it is this keyword, symbol or identifier without quotes.
    pub(crate) fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it [`is`](Self::is) one of these.
    pub(crate) fn is_one_of(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }
}

/// The tokens of a text, which cover it without gaps.
pub(crate) fn tokens(text: &str) -> Tokens<'_> {
    Tokens { text, at: 0, copy: CopyWatch::default() }
}

/// See [`tokens`].
#[derive(Clone)]
pub(crate) struct Tokens<'a> {
    text: &'a str,
    at: usize,
    copy: CopyWatch,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let start = self.at;
        if start == self.text.len() {
            return None;
        }
        let (kind, length) = match self.copy.data_at() {
            Some(data) if data == start => (Kind::CopyData, copy::length(&self.text[start..])),
            Some(data) => first(&self.text[..data], start),
            None => first(self.text, start),
        };
        self.at += length;
        let token = Token { kind, start, text: &self.text[start..self.at] };
        self.copy.see(self.text, &token);
        Some(token)
    }
}

/// The kind and the length of the token that begins at `start`.
///
/// All that ends a token is ASCII, or an ASCII byte or the end of the text follows it: the length
/// never parts a character.
fn first(text: &str, start: usize) -> (Kind, usize) {
    let bytes = &text.as_bytes()[start..];
    if is(bytes[0], SPACE) {
        return (Kind::WhiteSpace, run(bytes, 0, SPACE));
    }
    match enclosed(text, start, bytes) {
        Some((kind, Some(length))) => (kind, length),
        Some((_, None)) => (Kind::Unterminated, bytes.len()),
        None => bare(bytes),
    }
}

/// The kind and the length of what begins with one mark and ends with another, if it ends.
fn enclosed(text: &str, start: usize, bytes: &[u8]) -> Option<(Kind, Option<usize>)> {
    let found = match bytes {
        [b'/', b'*', ..] => (Kind::BlockComment, block_comment(bytes)),
        [b'\'', ..] => (Kind::String, string(bytes, 1)),
        [b'b' | b'B' | b'e' | b'E' | b'n' | b'N' | b'x' | b'X', b'\'', ..] => {
            (Kind::String, string(bytes, 2))
        }
        [b'u' | b'U', b'&', b'\'', ..] => (Kind::String, string(bytes, 3)),
        [b'"', ..] => (Kind::QuotedIdentifier, quoted_identifier(bytes, 1)),
        [b'u' | b'U', b'&', b'"', ..] => (Kind::QuotedIdentifier, quoted_identifier(bytes, 3)),
        [b'$', ..] => {
            let text = &text[start..];
            (Kind::DollarQuoted, dollar_quoted(text, dollar_delimiter(text)?))
        }
        _ => return None,
    };
    Some(found)
}

fn bare(bytes: &[u8]) -> (Kind, usize) {
    match bytes {
        [byte, ..] if is(*byte, IDENTIFIER_START) => (Kind::Word, run(bytes, 0, IDENTIFIER_PART)),
        [b'-', b'-', ..] => (Kind::LineComment, run(bytes, 0, IN_LINE)),
        [b'$', b'0'..=b'9', ..] => (Kind::Parameter, 1 + run(bytes, 1, DIGIT)),
        [b'0'..=b'9', ..] | [b'.', b'0'..=b'9', ..] => (Kind::Number, number(bytes)),
        [byte, ..] if is(*byte, OPERATOR) => (Kind::Operator, operator(bytes)),
        [b'\\', ..] => (Kind::MetaCommand, run(bytes, 0, IN_LINE)),
        [b'.', b'.', ..] | [b':', b':' | b'=', ..] => (Kind::Punctuation, 2),
        _ => (Kind::Punctuation, 1),
    }
}
