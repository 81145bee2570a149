/// A piece of a script, as a client sees it.
pub(crate) struct Part<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a [u8],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// From a backslash to the end of the line, or a backslash before a semicolon.
    Command,
    /// The colon before a name or a quote.
    Variable,
    Semicolon,
    Comment,
    /// Something quoted, a name, or a character.
    Other,
}

impl Part<'_> {
    pub(crate) fn is_blank(&self) -> bool {
        self.kind == Kind::Comment || self.text.trim_ascii().is_empty()
    }
}

/// The parts of a script.
pub(crate) fn parts(mut bytes: &[u8]) -> impl Iterator<Item = Part<'_>> {
    std::iter::from_fn(move || {
        let (kind, length) = first(bytes)?;
        let (text, rest) = bytes.split_at(length);
        bytes = rest;
        Some(Part { kind, text })
    })
}

/// The kind and the length of the part that the bytes begin with.
pub(crate) fn first(bytes: &[u8]) -> Option<(Kind, usize)> {
    let found = match bytes {
        [] => return None,
        [b'\\', b';', ..] => (Kind::Command, 1),
        [b'\\', ..] => (Kind::Command, line(bytes)),
        [b';', ..] => (Kind::Semicolon, 1),
        [b':', b':' | b'=', ..] => (Kind::Other, 2),
        [b':', next, ..] if is_name(*next) || b"'\"".contains(next) => (Kind::Variable, 1),
        [b'-', b'-', ..] => (Kind::Comment, line(bytes)),
        [b'/', b'*', ..] => (Kind::Comment, comment(bytes)),
        _ => (Kind::Other, other(bytes)),
    };
    Some(found)
}

fn other(bytes: &[u8]) -> usize {
    match bytes {
        [b'e' | b'E', b'\'', ..] => 1 + quoted(&bytes[1..], true),
        [b'\'' | b'"', ..] => quoted(bytes, false),
        [b'$', ..] => dollar_quoted(bytes),
        [first, ..] if is_name(*first) => run(bytes, |byte| is_name(byte) || byte == b'$'),
        _ => 1,
    }
}

fn line(bytes: &[u8]) -> usize {
    run(bytes, |byte| byte != b'\n')
}

fn comment(bytes: &[u8]) -> usize {
    let (mut depth, mut at) = (1, 2);
    while depth > 0 && at < bytes.len() {
        let (change, length) = match &bytes[at..] {
            [b'/', b'*', ..] => (1, 2),
            [b'*', b'/', ..] => (-1, 2),
            _ => (0, 1),
        };
        depth += change;
        at += length;
    }
    at.min(bytes.len())
}

fn quoted(bytes: &[u8], has_escapes: bool) -> usize {
    let mut at = 1;
    while at < bytes.len() {
        let is_quote = bytes[at] == bytes[0];
        if bytes[at] == b'\\' && has_escapes || is_quote && bytes.get(at + 1) == Some(&bytes[0]) {
            at += 2;
        } else if is_quote {
            return at + 1;
        } else {
            at += 1;
        }
    }
    bytes.len()
}

fn dollar_quoted(bytes: &[u8]) -> usize {
    let tag = 1 + run(&bytes[1..], is_name);
    if bytes.get(tag) != Some(&b'$') || bytes[1].is_ascii_digit() {
        return 1;
    }
    let delimiter = &bytes[..=tag];
    let end = bytes[tag + 1..].windows(delimiter.len()).position(|window| window == delimiter);
    end.map_or(bytes.len(), |end| tag + 1 + end + delimiter.len())
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

fn run(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|byte| !belongs(*byte)).unwrap_or(bytes.len())
}
