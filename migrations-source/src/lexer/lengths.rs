//! How long the parts of a text are that are told by their bytes, and what bytes tell.

/// How many bytes at the beginning are such.
pub(super) fn run(bytes: &[u8], is_such: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|byte| !is_such(*byte)).unwrap_or(bytes.len())
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0b' | b'\x0c')
}

/// It ends before CR as well as before LF.
pub(super) fn line_comment(bytes: &[u8]) -> usize {
    run(bytes, |byte| byte != b'\n' && byte != b'\r')
}

pub(super) fn block_comment(bytes: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    loop {
        match bytes.get(at..)? {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] if depth == 1 => return Some(at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            [] => return None,
            [_, ..] => at += 1,
        }
    }
}

/// Every byte of a character that is not ASCII counts as a letter, a no-break space as well.
pub(super) fn is_identifier_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii()
}

pub(super) fn is_identifier_part(byte: u8) -> bool {
    is_identifier_start(byte) || is_digit(byte) || byte == b'$'
}

pub(super) fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

pub(super) fn number(bytes: &[u8]) -> usize {
    radix_number(bytes).unwrap_or_else(|| {
        let length = decimal(bytes);
        length + exponent(&bytes[length..])
    })
}

fn radix_number(bytes: &[u8]) -> Option<usize> {
    let [b'0', b'b' | b'B' | b'o' | b'O' | b'x' | b'X', digits @ ..] = bytes else { return None };
    let length = run(digits, |byte| byte.is_ascii_hexdigit() || byte == b'_');
    (length > 0).then_some(2 + length)
}

fn decimal(bytes: &[u8]) -> usize {
    let length = digits(bytes);
    match &bytes[length..] {
        // The two dots of a range.
        [b'.', b'.', ..] => length,
        [b'.', fraction @ ..] => length + 1 + digits(fraction),
        _ => length,
    }
}

/// An underscore may part them.
fn digits(bytes: &[u8]) -> usize {
    run(bytes, |byte| is_digit(byte) || byte == b'_')
}

fn exponent(bytes: &[u8]) -> usize {
    let (before, digits) = match bytes {
        [b'e' | b'E', b'+' | b'-', digits @ ..] => (2, digits),
        [b'e' | b'E', digits @ ..] => (1, digits),
        _ => return 0,
    };
    let is_exponent = digits.first().is_some_and(|byte| is_digit(*byte));
    if is_exponent { before + self::digits(digits) } else { 0 }
}

pub(super) fn is_operator(byte: u8) -> bool {
    b"~!@#^&|`?+-*/%<>=".contains(&byte)
}

/// A comment may begin within a run of operator characters, and `+` and `-` end an operator of more
/// than one character only if it holds a character that no operator of standard SQL has: "Operators"
/// (4.1.3) in PostgreSQL's manual.
pub(super) fn operator(bytes: &[u8]) -> usize {
    let length = run(bytes, is_operator);
    let comment = |pair: &[u8]| pair == b"--" || pair == b"/*";
    let operator = &bytes[..bytes[..length].windows(2).position(comment).unwrap_or(length)];
    if operator.iter().any(|byte| b"~!@#^&|`?%".contains(byte)) {
        return operator.len();
    }
    let last = operator.iter().rposition(|byte| !matches!(byte, b'+' | b'-'));
    last.map_or(1, |last| last + 1)
}
