use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use crate::failure::Failure;

/// The digits of the first version in a sequence.
const FIRST: &str = "0001";

/// The version of a new migration beside others, whose versions are given as digits.
pub(crate) fn next<'a>(
    taken: impl IntoIterator<Item = &'a str>,
    wants_timestamp: bool,
    now: SystemTime,
) -> Result<String, Failure> {
    let values = taken.into_iter().filter_map(|digits| Some((digits.parse().ok()?, digits)));
    match values.max() {
        None if wants_timestamp => timestamp(now).ok_or_else(none_left),
        None => Ok(FIRST.into()),
        Some((newest, digits)) => match (time_of(digits), wants_timestamp) {
            (Some(time), _) => timestamp(now.max(time + SECOND)).ok_or_else(none_left),
            (None, true) => first_timestamp(newest, now),
            (None, false) => following(newest, digits.len()),
        },
    }
}

const SECOND: Duration = Duration::from_secs(1);

fn following(newest: i64, width: usize) -> Result<String, Failure> {
    let next = newest.checked_add(1).ok_or_else(none_left)?;
    Ok(format!("{next:0width$}"))
}

fn first_timestamp(newest: i64, now: SystemTime) -> Result<String, Failure> {
    let digits = timestamp(now).ok_or_else(none_left)?;
    if digits.parse::<i64>().is_ok_and(|version| version > newest) {
        return Ok(digits);
    }
    Err(Failure::new(format!(
        "cannot take a timestamp as the next version: {newest}, the newest, is above {digits}"
    ))
    .help("leave out `--timestamp`"))
}

fn none_left() -> Failure {
    Failure::new("no version is left above the newest one")
        .help("give the newest file a version that leaves room, if it is applied nowhere")
}

/// `YYYYMMDDhhmmss` in UTC, for the years that have four digits.
fn timestamp(time: SystemTime) -> Option<String> {
    let mut text = String::new();
    // A clock that was never set can be before the epoch, for which humantime panics.
    let time = time.max(SystemTime::UNIX_EPOCH);
    write!(text, "{}", humantime::format_rfc3339_seconds(time)).ok()?;
    Some(text.chars().filter(char::is_ascii_digit).collect())
}

/// The time that `YYYYMMDDhhmmss` means, if it is one.
fn time_of(digits: &str) -> Option<SystemTime> {
    let [year, month, day, hour, minute, second] =
        [0..4, 4..6, 6..8, 8..10, 10..12, 12..14].map(|range| digits.get(range));
    let is_14_digits = digits.len() == 14;
    let (date, time) = ([year?, month?, day?].join("-"), [hour?, minute?, second?].join(":"));
    humantime::parse_rfc3339(&format!("{date}T{time}Z")).ok().filter(|_| is_14_digits)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::next;

    fn now() -> SystemTime {
        humantime::parse_rfc3339("2026-11-22T09:30:00Z").unwrap()
    }

    #[test]
    fn goes_on_as_the_folder_does() {
        let cases: [(&[&str], bool, &str); 14] = [
            (&[], false, "0001"),
            (&[], true, "20261122093000"),
            (&["0000"], false, "0001"),
            (&["0009", "0010", "0002"], false, "0011"),
            (&["7"], false, "8"),
            (&["9"], false, "10"),
            (&["9999"], false, "10000"),
            (&["0002", "3"], false, "4"),
            (&["00000000000001"], false, "00000000000002"),
            (&["20261322093000"], false, "20261322093001"),
            (&["0001"], true, "20261122093000"),
            (&["0001", "20260101000000"], false, "20261122093000"),
            (&["20261122093000"], false, "20261122093001"),
            (&["20271231235959"], false, "20280101000000"),
        ];
        for (taken, wants_timestamp, expected) in cases {
            let version = next(taken.iter().copied(), wants_timestamp, now());
            assert_eq!(version.ok().as_deref(), Some(expected), "{taken:?}");
        }
    }

    #[test]
    fn bears_a_clock_before_the_epoch() {
        let then = SystemTime::UNIX_EPOCH - super::SECOND;
        assert_eq!(next([], true, then).ok().as_deref(), Some("19700101000000"));
    }

    #[test]
    fn fails_where_there_is_no_next_one() {
        let cases =
            [("9223372036854775807", false), ("99991231235959", false), ("30000000000000", true)];
        for (newest, wants_timestamp) in cases {
            assert!(next([newest], wants_timestamp, now()).is_err(), "{newest}");
        }
    }
}
