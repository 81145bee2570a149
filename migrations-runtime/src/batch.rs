//! Batches: one statement that limits itself, repeated and committed each time.

use std::time::Duration;

/// What a file says of its batches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// How long to pause between two batches, in milliseconds.
    pub pause: u32,
    /// How many rows a second to change at most; 0 is without limit.
    pub rate: u32,
}

impl Batch {
    /// How long to pause after a batch that changed so many rows in so much time.
    pub(crate) fn pause_after(self, rows: u64, took: Duration) -> Duration {
        let pause = Duration::from_millis(self.pause.into());
        if self.rate == 0 {
            return pause;
        }
        let nanoseconds = u128::from(rows) * 1_000_000_000 / u128::from(self.rate);
        let due = Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX));
        pause.max(due.saturating_sub(took))
    }
}

#[cfg(test)]
mod tests {
    use super::Batch;
    use std::time::Duration;

    #[test]
    fn pauses_as_long_as_the_directives_say() {
        let cases = [
            ((0, 0), 5000, 10, 0),
            ((50, 0), 5000, 10, 50),
            ((0, 1000), 5000, 10, 4990),
            ((0, 1000), 5000, 9000, 0),
            ((50, 1000), 5, 1, 50),
            ((50, 1000), 500, 100, 400),
        ];
        for ((pause, rate), rows, took, expected) in cases {
            let took = Duration::from_millis(took);
            let expected = Duration::from_millis(expected);
            assert_eq!(Batch { pause, rate }.pause_after(rows, took), expected);
        }
        let longest = Batch { pause: 0, rate: 1 }.pause_after(u64::MAX, Duration::ZERO);
        assert_eq!(longest, Duration::from_nanos(u64::MAX));
    }
}
