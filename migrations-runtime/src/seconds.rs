//! Spans of time between us and the server, in seconds and without floating point, which takes much code to
//! read and to write: the server's `extract` returns a `numeric`, which is exact.

use std::time::Duration;

/// Reads a span that is not negative: `12.345678`.
pub(crate) fn read(text: &str) -> Option<Duration> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let nanoseconds = format!("{fraction:0<9}");
    Some(Duration::new(seconds.parse().ok()?, nanoseconds.get(..9)?.parse().ok()?))
}

/// Writes a span.
pub(crate) fn write(span: Duration) -> String {
    format!("{}.{:09}", span.as_secs(), span.subsec_nanos())
}

/// Writes a span to one digit behind the point.
pub(crate) fn tenths(span: Duration) -> String {
    let tenths = (span.as_millis() + 50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::{read, tenths, write};
    use std::time::Duration;

    #[test]
    fn reads_what_the_server_tells() {
        let cases = [
            ("0", 0, 0),
            ("0.000000", 0, 0),
            ("1764243822.5", 1_764_243_822, 500_000_000),
            ("12.000007", 12, 7000),
            ("3.1234567891", 3, 123_456_789),
        ];
        for (text, seconds, nanoseconds) in cases {
            assert_eq!(read(text), Some(Duration::new(seconds, nanoseconds)), "{text}");
        }
        for text in ["", "-1", "-0.5", "1.-5", "Infinity", "NaN", "1e3", "1.5.5", "1.ü"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn writes_what_it_reads() {
        let span = Duration::new(12, 7);
        assert_eq!(read(&write(span)), Some(span));
    }

    #[test]
    fn rounds_to_tenths() {
        let cases = [(0, "0.0"), (49, "0.0"), (50, "0.1"), (1249, "1.2"), (59_960, "60.0")];
        for (milliseconds, expected) in cases {
            assert_eq!(tenths(Duration::from_millis(milliseconds)), expected);
        }
    }
}
