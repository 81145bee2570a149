use std::ops::Range;

use super::blank;
use super::scan::parts;

/// Blanks the data behind the statement, if that is a `COPY … FROM STDIN`, and lets it read a file
/// instead: no reader of the text expects data then.
pub(crate) fn take_out(bytes: &mut [u8], statement: Range<usize>) {
    let Some(stdin) = stdin(&bytes[statement.clone()]) else { return };
    let (start, last) = (statement.start + stdin.start, statement.start + stdin.end - 1);
    bytes[start + 1..last].fill(b'_');
    (bytes[start], bytes[last]) = (b'\'', b'\'');
    let rest = &mut bytes[statement.end..];
    if let Some(data) = data(rest) {
        blank(&mut rest[data]);
    }
}

/// Where `STDIN` stands in a `COPY … FROM STDIN`, for which `STDOUT` is another name.
fn stdin(bytes: &[u8]) -> Option<Range<usize>> {
    let mut end = 0;
    let places = parts(bytes).map(|part| {
        end += part.text.len();
        (part, end)
    });
    let words: Vec<_> = places.filter(|(part, _)| !part.is_blank()).collect();
    let is = |at: usize, word: &str| words[at].0.text.eq_ignore_ascii_case(word.as_bytes());
    if words.is_empty() || !is(0, "COPY") {
        return None;
    }
    let at = (1..words.len())
        .find(|at| is(at - 1, "FROM") && (is(*at, "STDIN") || is(*at, "STDOUT")))?;
    let (word, end) = &words[at];
    Some(end - word.text.len()..*end)
}

/// From the end of the line to that of the line `\.`. The tests have `COPY`s that fail, behind which
/// there is no data: another one comes before that line.
fn data(bytes: &[u8]) -> Option<Range<usize>> {
    let start = bytes.iter().position(|byte| *byte == b'\n')?;
    let mut end = start;
    for line in bytes[start..].split_inclusive(|byte| *byte == b'\n') {
        end += line.len();
        if line.trim_ascii_end() == b"\\." {
            return Some(start..end);
        } else if stdin(line).is_some() {
            return None;
        }
    }
    None
}
