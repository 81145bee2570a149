//! Medians and quartiles, nothing else.

/// The middle of some samples, and where the middle half of them lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) count: usize,
}

impl Summary {
    /// Nothing of nothing.
    pub(crate) fn of(samples: &[f64]) -> Option<Self> {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |part| quantile(&sorted, part);
        Some(Self { median: at(0.5)?, low: at(0.25)?, high: at(0.75)?, count: sorted.len() })
    }

    /// The ratio of medians, with the quartiles of the ratios within each round: what one round had to
    /// suffer from the machine, all in it had.
    pub(crate) fn ratio(samples: &[f64], to: &[f64]) -> Option<Self> {
        let median = Self::of(samples)?.median / Self::of(to)?.median;
        let rounds: Vec<_> = samples.iter().zip(to).map(|(ours, theirs)| ours / theirs).collect();
        Some(Self { median, ..Self::of(&rounds)? })
    }
}

/// Between the two samples that are nearest.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn quantile(sorted: &[f64], part: f64) -> Option<f64> {
    let place = sorted.len().checked_sub(1)? as f64 * part;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::Summary;

    #[test]
    fn quartiles_lie_between_samples() {
        let summary = Summary::of(&[4.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!(summary, Summary { median: 2.5, low: 1.75, high: 3.25, count: 4 });
        assert_eq!(Summary::of(&[]), None);
    }

    #[test]
    fn ratios_are_those_of_medians_and_spread_within_rounds() {
        let ratio = Summary::ratio(&[1.0, 2.0, 9.0], &[2.0, 4.0, 18.0]).unwrap();
        assert_eq!((ratio.median, ratio.low, ratio.high), (0.5, 0.5, 0.5));
    }
}
