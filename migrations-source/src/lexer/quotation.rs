use std::iter;
use std::ops::Range;

use super::lengths::{is_identifier_start, is_space, line_comment, run};

/// The length of a string whose first quote stands before `inside`, if it ends.
///
/// A string continues where only white space with an end of a line, and comments that end with
/// their line, stand before another quote: the rule `quotecontinue` of PostgreSQL's `scan.l`.
pub(super) fn string(bytes: &[u8], inside: usize, has_escapes: bool) -> Option<usize> {
    let mut end = quoted(bytes, inside, b'\'', has_escapes)?;
    while let Some(length) = continuation(&bytes[end..]) {
        end = quoted(bytes, end + length, b'\'', has_escapes)?;
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
    let has_escapes = bytes.first().is_some_and(|byte| matches!(byte, b'e' | b'E'));
    let mut at = 0;
    iter::from_fn(move || {
        let quote = at + string[at..].find('\'')?;
        let end = quoted(bytes, quote + 1, b'\'', has_escapes).unwrap_or(bytes.len());
        let part = &string[at..end];
        at = end + continuation(&bytes[end..]).map_or(0, |length| length - 1);
        Some(part)
    })
}

/// The length of a quoted identifier whose first quote stands before `inside`, if it ends.
pub(super) fn quoted_identifier(bytes: &[u8], inside: usize) -> Option<usize> {
    quoted(bytes, inside, b'"', false)
}

/// The length of the string that begins with this delimiter, if it ends.
pub(super) fn dollar_quoted(text: &str, delimiter: &str) -> Option<usize> {
    let inside = &text[delimiter.len()..];
    inside.find(delimiter).map(|length| length + 2 * delimiter.len())
}

/// The `$tag$` that the text begins with; the tag is an identifier without a dollar sign, or nothing.
pub(super) fn dollar_delimiter(text: &str) -> Option<&str> {
    let tag = text.strip_prefix('$')?.as_bytes();
    let length = run(tag, |byte| is_identifier_start(byte) || byte.is_ascii_digit());
    let begins_well = !tag.first().is_some_and(u8::is_ascii_digit);
    (begins_well && tag.get(length) == Some(&b'$')).then(|| &text[..length + 2])
}

/// Two quotes are one character of what is quoted, and so are a backslash and what follows it where
/// there are escapes.
fn quoted(bytes: &[u8], inside: usize, quote: u8, has_escapes: bool) -> Option<usize> {
    let mut at = inside;
    loop {
        let byte = *bytes.get(at)?;
        if byte == quote && bytes.get(at + 1) != Some(&quote) {
            return Some(at + 1);
        }
        at += if byte == quote || (byte == b'\\' && has_escapes) { 2 } else { 1 };
    }
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
            [b'-', b'-', ..] => at += line_comment(&bytes[at..]),
            [byte, ..] if is_space(*byte) => at += 1,
            _ => return at,
        }
    }
}
