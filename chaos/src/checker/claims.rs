//! Whether what the processes have said is true.

use super::history::Row;
use crate::child::End;
use crate::sets::Kind;

const LEFT_NOTHING: &str = "= this migration: rolled back, it left nothing";

/// What the processes of a round have said.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    /// The versions that each has applied.
    applied: Vec<i64>,
    /// Files of which one has said, alone, that they have left nothing.
    left_nothing: Vec<String>,
    /// Whether one has said that everything is applied.
    is_current: bool,
    /// Whether the server may have given the number of a transaction twice, as it does after a crash.
    /// Then a process that has lost its connection may take another's commit for its own: it says that
    /// it has applied what another one has.
    is_number_reused: bool,
}

impl Claims {
    /// Takes down what these have said, before any other has started.
    #[must_use]
    pub fn of(ends: &[End], is_number_reused: bool) -> Self {
        let mut claims = Self { is_number_reused, ..Self::default() };
        claims.add(ends);
        if let [only] = ends {
            claims.left_nothing.extend(left_nothing(&only.log));
        }
        claims
    }

    /// The same of one that started later.
    pub(crate) fn add(&mut self, ends: &[End]) {
        self.left_nothing.clear();
        self.applied.extend(ends.iter().flat_map(|end| &end.applied));
        self.is_current |= ends.iter().any(|end| end.code == Some(0));
    }

    /// What can be reverted may be applied again, or be gone.
    pub(crate) fn check(&self, rows: &[Row], kind: Kind) -> Vec<String> {
        let is_finished =
            |version| rows.iter().any(|row| row.version == version && row.is_finished);
        let mut complaints = Vec::new();
        for migration in kind.migrations() {
            let version = migration.version();
            let times = self.applied.iter().filter(|&&applied| applied == version).count();
            if self.left_nothing.iter().any(|name| name == migration.file_name())
                && is_finished(version)
            {
                complaints
                    .push(format!("{version} was said to have left nothing, and is recorded"));
            }
            if kind.is_revertible(version) {
                continue;
            }
            if times > 1 && !self.is_number_reused {
                complaints.push(format!("{version} was said to be applied {times} times"));
            }
            if (times > 0 || self.is_current) && !is_finished(version) {
                complaints.push(format!("{version} was said to be applied, and is not recorded"));
            }
        }
        complaints
    }
}

/// The file that an error tells of, where it says so.
fn left_nothing(log: &str) -> Option<String> {
    let error = &log[log.rfind("cannot apply ")?..];
    let path = error.strip_prefix("cannot apply ")?.split(':').next()?;
    error.contains(LEFT_NOTHING).then(|| path.rsplit('/').next().unwrap_or(path).to_owned())
}
