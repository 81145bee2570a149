use std::iter;
use std::ops::Range;

use super::lengths::{DIGIT, IDENTIFIER_START, IN_LINE, SPACE, is, run};

/// The length of a string whose first quote stands before `inside`, if it ends.
///
/// A string continues where only white space with an end of a line, and comments that end with
/// their line, stand before another quote: the rule `quotecontinue` of PostgreSQL's `scan.l`.
pub(super) fn string(bytes: &[u8], inside: usize) -> Option<usize> {
    let escapes = Escapes::of(bytes);
    let mut end = quoted(bytes, inside, b'\'', escapes)?;
    while let Some(length) = continuation(&bytes[end..]) {
        end = quoted(bytes, end + length, b'\'', escapes)?;
    }
    Some(end)
}

/// What stands between the quotes of a string, whichever they are.
pub(super) fn inside(string: &str) -> Range<usize> {
    let (quote, delimiter) = match dollar_delimiter(string) {
        Some(delimiter) => (0, delimiter),
        None => (string.find('\'').unwrap_or_default(), "'"),
    };
    let start = (quote + delimiter.len()).min(string.len());
    start..string.len().saturating_sub(delimiter.len()).max(start)
}

/// The parts of a string that is continued on other lines, each with its quotes, without what stands
/// between them.
pub(crate) fn string_parts(string: &str) -> impl Iterator<Item = &str> {
    let bytes = string.as_bytes();
    let escapes = Escapes::of(bytes);
    let mut at = 0;
    iter::from_fn(move || {
        let quote = at + string[at..].find('\'')?;
        let end = quoted(bytes, quote + 1, b'\'', escapes).unwrap_or(bytes.len());
        let part = &string[at..end];
        at = end + continuation(&bytes[end..]).map_or(0, |length| length - 1);
        Some(part)
    })
}

/// The length of a quoted identifier whose first quote stands before `inside`, if it ends.
pub(super) fn quoted_identifier(bytes: &[u8], inside: usize) -> Option<usize> {
    quoted(bytes, inside, b'"', Escapes::Quotes)
}

/// The length of the string that begins with this delimiter, if it ends.
pub(super) fn dollar_quoted(text: &str, delimiter: &str) -> Option<usize> {
    let inside = &text[delimiter.len()..];
    inside.find(delimiter).map(|length| length + 2 * delimiter.len())
}

/// The `$tag$` that the text begins with; the tag is an identifier without a dollar sign, or nothing.
pub(super) fn dollar_delimiter(text: &str) -> Option<&str> {
    let tag = text.strip_prefix('$')?.as_bytes();
    let length = run(tag, 0, IDENTIFIER_START | DIGIT);
    let begins_well = !tag.first().is_some_and(u8::is_ascii_digit);
    (begins_well && tag.get(length) == Some(&b'$')).then(|| &text[..length + 2])
}

/// What is one character of what is quoted: the rules for `xqdouble` and `xeescape` in PostgreSQL's
/// `scan.l`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    /// In `B'…'` and `X'…'`: nothing but what it is.
    Nothing,
    /// Two quotes.
    Quotes,
    /// In `E'…'`: two quotes, or a backslash and what follows it.
    Backslashes,
}

impl Escapes {
    /// By what the string begins with.
    fn of(string: &[u8]) -> Self {
        match string {
            [b'b' | b'B' | b'x' | b'X', ..] => Self::Nothing,
            [b'e' | b'E', ..] => Self::Backslashes,
            _ => Self::Quotes,
        }
    }
}

fn quoted(bytes: &[u8], inside: usize, quote: u8, escapes: Escapes) -> Option<usize> {
    let has_pairs = !matches!(escapes, Escapes::Nothing);
    let has_backslashes = matches!(escapes, Escapes::Backslashes);
    let mut at = inside;
    while at < bytes.len() {
        let byte = bytes[at];
        if byte == quote {
            let is_pair = has_pairs && at + 1 < bytes.len() && bytes[at + 1] == quote;
            if !is_pair {
                return Some(at + 1);
            }
            at += 1;
        } else if has_backslashes && byte == b'\\' {
            at += 1;
        }
        at += 1;
    }
    None
}

/// The length of what parts a string from its continuation, with the quote there.
fn continuation(bytes: &[u8]) -> Option<usize> {
    let length = blank(bytes);
    let is_end_of_line = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let continues = bytes.get(length) == Some(&b'\'') && bytes[..length].iter().any(is_end_of_line);
    continues.then_some(length + 1)
}

/// The length of white space and line comments.
fn blank(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match &bytes[at..] {
            [b'-', b'-', ..] => at += run(bytes, at, IN_LINE),
            [byte, ..] if is(*byte, SPACE) => at += run(bytes, at, SPACE),
            _ => return at,
        }
    }
}
