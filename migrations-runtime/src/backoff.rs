use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

/// Growing pauses, each drawn from half to all of its bound, so that processes that began to wait
/// at the same moment do not ask at the same moments.
#[derive(Debug)]
pub(crate) struct Backoff {
    bound: Duration,
    limit: Duration,
}

impl Backoff {
    pub(crate) const fn new(first: Duration, limit: Duration) -> Self {
        Self { bound: first, limit }
    }

    pub(crate) fn next(&mut self) -> Duration {
        let pause = self.bound / 2 + (self.bound / 2).mul_f64(random());
        self.bound = (self.bound * 3 / 2).min(self.limit);
        pause
    }
}

/// A number from 0 to 1. The hasher's random keys are the standard library's only source of chance,
/// and good enough for this.
fn random() -> f64 {
    let [a, b, ..] = RandomState::new().build_hasher().finish().to_ne_bytes();
    f64::from(u16::from_ne_bytes([a, b])) / f64::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::Backoff;
    use std::time::Duration;

    #[test]
    fn pauses_grow_to_the_limit_and_never_vanish() {
        let (first, limit) = (Duration::from_millis(10), Duration::from_millis(250));
        let mut backoff = Backoff::new(first, limit);
        let pauses: Vec<_> = std::iter::repeat_with(|| backoff.next()).take(100).collect();
        assert!(pauses[0] >= first / 2 && pauses[0] <= first);
        assert!(pauses[20..].iter().all(|pause| *pause >= limit / 2 && *pause <= limit));
    }
}
