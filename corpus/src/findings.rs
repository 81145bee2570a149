use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::files::has_wanted_errors;
use crate::server::Refusal;
use migrations_source::Position;

/// All that has been found.
#[derive(Default)]
pub(crate) struct Findings {
    pub(crate) groups: BTreeMap<String, Figures>,
    pub(crate) differences: Vec<Difference>,
}

/// What has been counted in a group.
#[derive(Clone, Default)]
pub(crate) struct Figures {
    /// Not UTF-8, or with a NUL.
    pub(crate) skipped: usize,
    pub(crate) splitting: usize,
    pub(crate) files: Tally,
    pub(crate) statements: Tally,
    /// The files with parts for psql once more, with them.
    pub(crate) as_written: Tally,
    /// Of those, where a statement begins elsewhere than without these parts.
    pub(crate) moved: usize,
}

/// How often two verdicts were the same.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) texts: usize,
    /// By the server.
    pub(crate) refused: usize,
    pub(crate) false_errors: usize,
    pub(crate) misses: usize,
    /// Of those that both refuse: where the place and the message are the same.
    pub(crate) same: usize,
}

/// One thing about which the server and we do not agree.
#[derive(PartialEq)]
pub(crate) struct Difference {
    pub(crate) path: PathBuf,
    pub(crate) position: Position,
    pub(crate) kind: Kind,
    pub(crate) server: String,
    pub(crate) ours: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Splitting,
    Moved,
    FalseError,
    Miss,
    Place,
}

impl Findings {
    /// Adds differences. The first error of a file is that of a statement, too, and listed once.
    pub(crate) fn list(&mut self, differences: Vec<Difference>) {
        for difference in differences {
            if !self.differences.contains(&difference) {
                self.differences.push(difference);
            }
        }
    }

    /// No false error and no wrong split, but in texts that contain errors on purpose.
    pub(crate) fn are_good(&self) -> bool {
        let real = self.groups.iter().filter(|(group, _)| !has_wanted_errors(group));
        real.map(|(_, figures)| figures).all(|figures| {
            let tallies = [figures.files, figures.statements, figures.as_written];
            figures.splitting + figures.moved == 0
                && tallies.iter().all(|tally| tally.false_errors == 0)
        })
    }
}

impl Figures {
    pub(crate) fn add(&mut self, other: &Self) {
        self.skipped += other.skipped;
        self.splitting += other.splitting;
        self.files.add(other.files);
        self.statements.add(other.statements);
        self.as_written.add(other.as_written);
        self.moved += other.moved;
    }
}

impl Tally {
    /// Counts two verdicts on a text, and says how they differ.
    pub(crate) fn count(
        &mut self,
        server: Option<&Refusal>,
        ours: Option<&Refusal>,
    ) -> Option<Kind> {
        self.texts += 1;
        self.refused += usize::from(server.is_some());
        let (counter, difference) = match (server, ours) {
            (None, None) => return None,
            (None, Some(_)) => (&mut self.false_errors, Some(Kind::FalseError)),
            (Some(_), None) => (&mut self.misses, Some(Kind::Miss)),
            (Some(server), Some(ours)) if server.is_same(ours) => (&mut self.same, None),
            (Some(_), Some(_)) => return Some(Kind::Place),
        };
        *counter += 1;
        difference
    }

    fn add(&mut self, other: Self) {
        self.texts += other.texts;
        self.refused += other.refused;
        self.false_errors += other.false_errors;
        self.misses += other.misses;
        self.same += other.same;
    }
}

impl Refusal {
    /// Where the server names no place, any is right.
    fn is_same(&self, other: &Self) -> bool {
        self.message == other.message
            && (self.offset.is_none() || other.offset.is_none() || self.offset == other.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Tally};
    use crate::server::Refusal;

    #[test]
    fn counts_each_pair_of_verdicts_once() {
        let at = |offset| Refusal { offset, message: "a".into() };
        let (one, two, nowhere) = (at(Some(1)), at(Some(2)), at(None));
        let mut tally = Tally::default();
        let cases = [
            (None, None, None),
            (None, Some(&one), Some(Kind::FalseError)),
            (Some(&one), None, Some(Kind::Miss)),
            (Some(&one), Some(&one), None),
            (Some(&one), Some(&two), Some(Kind::Place)),
            (Some(&nowhere), Some(&two), None),
        ];
        for (server, ours, expected) in cases {
            assert_eq!(tally.count(server, ours), expected, "{server:?} {ours:?}");
        }
        let Tally { texts, refused, false_errors, misses, same } = tally;
        assert_eq!([texts, refused, false_errors, misses, same], [6, 4, 1, 1, 2]);
    }
}
