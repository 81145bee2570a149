//! How long the parts of a text are that are told by their bytes, and what bytes tell.

/// What a byte may be, each a bit. One look into a table costs a fraction of a closure where the
/// compiler does not optimize, as it does not in a macro.
pub(super) const SPACE: u8 = 1;
/// Every byte of a character that is not ASCII counts as a letter, a no-break space as well.
pub(super) const IDENTIFIER_START: u8 = 2;
pub(super) const DIGIT: u8 = 4;
pub(super) const DOLLAR: u8 = 8;
pub(super) const OPERATOR: u8 = 16;
pub(super) const HEX_DIGIT: u8 = 32;
pub(super) const UNDERSCORE: u8 = 64;
/// A line comment ends before CR as well as before LF.
pub(super) const IN_LINE: u8 = 128;

pub(super) const IDENTIFIER_PART: u8 = IDENTIFIER_START | DIGIT | DOLLAR;

static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0_u8;
    loop {
        classes[byte as usize] = class(byte);
        if byte == u8::MAX {
            return classes;
        }
        byte += 1;
    }
}

const fn class(byte: u8) -> u8 {
    let own = match byte {
        b' ' | b'\t' | b'\n' | b'\r' | b'\x0b' | b'\x0c' => SPACE,
        b'_' => IDENTIFIER_START | UNDERSCORE,
        b'a'..=b'f' | b'A'..=b'F' => IDENTIFIER_START | HEX_DIGIT,
        b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => IDENTIFIER_START,
        b'0'..=b'9' => DIGIT | HEX_DIGIT,
        b'$' => DOLLAR,
        b'~' | b'!' | b'@' | b'#' | b'^' | b'&' | b'|' | b'`' | b'?' | b'+' | b'-' | b'*'
        | b'/' | b'%' | b'<' | b'>' | b'=' => OPERATOR,
        _ => 0,
    };
    if matches!(byte, b'\n' | b'\r') { own } else { own | IN_LINE }
}

/// Whether a byte is one of these.
pub(super) fn is(byte: u8, classes: u8) -> bool {
    CLASSES[byte as usize] & classes != 0
}

/// How many bytes from `at` on are of these classes.
pub(super) fn run(bytes: &[u8], at: usize, classes: u8) -> usize {
    let mut end = at;
    while end < bytes.len() && CLASSES[bytes[end] as usize] & classes != 0 {
        end += 1;
    }
    end - at
}

pub(super) fn block_comment(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    while at + 1 < bytes.len() {
        match (bytes[at], bytes[at + 1]) {
            (b'/', b'*') => (depth, at) = (depth + 1, at + 2),
            (b'*', b'/') if depth == 1 => return Some(at + 2),
            (b'*', b'/') => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    None
}

pub(super) fn number(bytes: &[u8]) -> usize {
    radix_number(bytes).unwrap_or_else(|| {
        let length = decimal(bytes);
        length + exponent(&bytes[length..])
    })
}

fn radix_number(bytes: &[u8]) -> Option<usize> {
    let [b'0', b'b' | b'B' | b'o' | b'O' | b'x' | b'X', digits @ ..] = bytes else { return None };
    let length = run(digits, 0, HEX_DIGIT | UNDERSCORE);
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
    run(bytes, 0, DIGIT | UNDERSCORE)
}

fn exponent(bytes: &[u8]) -> usize {
    let (before, digits) = match bytes {
        [b'e' | b'E', b'+' | b'-', digits @ ..] => (2, digits),
        [b'e' | b'E', digits @ ..] => (1, digits),
        _ => return 0,
    };
    let is_exponent = digits.first().is_some_and(|byte| is(*byte, DIGIT));
    if is_exponent { before + self::digits(digits) } else { 0 }
}

/// A comment may begin within a run of operator characters, and `+` and `-` end an operator of more
/// than one character only if it holds a character that no operator of standard SQL has: "Operators"
/// (4.1.3) in PostgreSQL's manual.
pub(super) fn operator(bytes: &[u8]) -> usize {
    let length = run(bytes, 0, OPERATOR);
    if length == 1 {
        return 1;
    }
    let comment = |pair: &[u8]| pair == b"--" || pair == b"/*";
    let operator = &bytes[..bytes[..length].windows(2).position(comment).unwrap_or(length)];
    if operator.iter().any(|byte| b"~!@#^&|`?%".contains(byte)) {
        return operator.len();
    }
    let last = operator.iter().rposition(|byte| !matches!(byte, b'+' | b'-'));
    last.map_or(1, |last| last + 1)
}
