use std::fmt;
use std::time::Duration;

use postgres::SimpleQueryRow;

use crate::lock::Holder;
use crate::migration::Migration;
use crate::session::field;

/// How often to look.
pub(crate) const INTERVAL: Duration = Duration::from_millis(500);
/// How often to log what is seen.
pub(crate) const LOG_INTERVAL: Duration = Duration::from_secs(5);

/// A look at a migration while the server works on it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Progress {
    /// The migration.
    pub migration: &'static Migration,
    /// Which of its statements runs, from 1, where they run one by one; nothing for batches.
    pub statement: Option<usize>,
    /// How long the statement, or else the migration, has been running.
    pub elapsed: Duration,
    /// What the server's progress views show; they know of some commands only.
    pub phase: Option<Phase>,
    /// What it waits for, such as `Lock relation` or `IO DataFileRead`: `wait_event_type` and
    /// `wait_event` of `pg_stat_activity`.
    pub wait: Option<String>,
    /// Who holds the lock that it waits for.
    pub blocker: Option<Holder>,
    /// How many rows the batches have changed so far, those of earlier runs included.
    pub rows: Option<u64>,
}

impl Progress {
    /// Between two batches.
    pub(crate) fn of_batches(migration: &'static Migration, elapsed: Duration, rows: u64) -> Self {
        let (statement, phase, wait, blocker, rows) = (None, None, None, None, Some(rows));
        Self { migration, statement, elapsed, phase, wait, blocker, rows }
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Applying {}", self.migration.file_name())?;
        if let Some(number) = self.statement {
            write!(f, ", statement {number} of {}", self.migration.statements().count())?;
        }
        write!(f, ", for {:.1?}", self.elapsed)?;
        if let Some(rows) = self.rows {
            write!(f, ", {rows} rows so far")?;
        }
        if let Some(phase) = &self.phase {
            write!(f, ": {phase}")?;
        }
        match (&self.blocker, &self.wait) {
            (Some(blocker), _) => write!(f, "; waits for {blocker}"),
            (None, Some(wait)) => write!(f, "; waits for {wait}"),
            (None, None) => Ok(()),
        }
    }
}

/// How far the server has got with a command, as `pg_stat_progress_create_index`, `_cluster`,
/// `_copy`, `_vacuum` and `_analyze` show it: "Progress Reporting" (27.4) in PostgreSQL's manual. Of
/// batches it is how many rows they have changed, for those who wait for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Phase {
    /// The command, such as `CREATE INDEX CONCURRENTLY`.
    pub command: String,
    /// What it does just now, such as `building index: scanning table`; may be empty.
    pub phase: String,
    /// The table; may be empty.
    pub relation: String,
    /// How much of this phase is done.
    pub done: u64,
    /// How much there is to do in this phase; 0 if the server does not tell.
    pub total: u64,
    /// What is counted: `blocks`, `tuples`, `bytes`, `rows`, or `lockers`, which are transactions that
    /// it waits for.
    pub unit: String,
}

impl Phase {
    /// How much of this phase is done, from 0 to 100, where the server tells.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "for people to look at")]
    pub fn percent(&self) -> Option<f64> {
        (self.total > 0).then(|| (self.done as f64 * 100.0 / self.total as f64).min(100.0))
    }

    /// Asks how far these processes of the server have got; `pids` is a query or an array.
    ///
    /// The columns are those of the versions from 14 on.
    pub(crate) fn sql(pids: &str) -> String {
        let starts = |with: &str| format!("pg_catalog.starts_with(phase, '{with}')");
        let (waits, tuples) = (starts("waiting"), "pg_catalog.strpos(phase, 'tuples')");
        let tuples = format!("{tuples} OPERATOR(pg_catalog.>) 0");
        let case = |lockers: &str, of_tuples: &str, blocks: &str| {
            format!(
                "CASE WHEN {waits} THEN {lockers} WHEN {tuples} THEN {of_tuples} ELSE {blocks} END"
            )
        };
        let views = [
            format!(
                "SELECT pid, command, phase, relid, {}, {}, {} \
                 FROM pg_catalog.pg_stat_progress_create_index",
                case("lockers_done", "tuples_done", "blocks_done"),
                case("lockers_total", "tuples_total", "blocks_total"),
                case("'lockers'", "'tuples'", "'blocks'"),
            ),
            "SELECT pid, command, phase, relid, heap_blks_scanned, heap_blks_total, 'blocks' \
             FROM pg_catalog.pg_stat_progress_cluster"
                .into(),
            "SELECT pid, command, '', relid, bytes_processed, bytes_total, 'bytes' \
             FROM pg_catalog.pg_stat_progress_copy"
                .into(),
            format!(
                "SELECT pid, 'VACUUM', phase, relid, CASE WHEN {} THEN heap_blks_vacuumed \
                 ELSE heap_blks_scanned END, heap_blks_total, 'blocks' \
                 FROM pg_catalog.pg_stat_progress_vacuum",
                starts("vacuuming heap"),
            ),
            "SELECT pid, 'ANALYZE', phase, relid, sample_blks_scanned, sample_blks_total, 'blocks' \
             FROM pg_catalog.pg_stat_progress_analyze"
                .into(),
        ];
        let views = views.join(" UNION ALL ");
        format!(
            "SELECT p.command, p.phase, p.relid::pg_catalog.regclass AS relation, p.done, p.total, \
             p.unit FROM ({views}) p (pid, command, phase, relid, done, total, unit) \
             WHERE p.pid OPERATOR(pg_catalog.=) ANY ({pids})"
        )
    }

    pub(crate) fn read(rows: &[SimpleQueryRow]) -> Option<Self> {
        let row = rows.iter().find(|row| field(row, "command").is_some())?;
        let text = |column| field(row, column).unwrap_or_default().to_owned();
        let number = |column| text(column).parse().unwrap_or_default();
        Some(Self {
            command: text("command"),
            phase: text("phase"),
            relation: text("relation"),
            done: number("done"),
            total: number("total"),
            unit: text("unit"),
        })
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, phase, relation, done, total, unit } = self;
        f.write_str(command)?;
        if !relation.is_empty() {
            write!(f, " on {relation}")?;
        }
        if !phase.is_empty() {
            write!(f, ", {phase}")?;
        }
        match (done, total) {
            (0, 0) => Ok(()),
            (_, 0) => write!(f, ", {done} {unit}"),
            _ => write!(f, ", {} % ({done} of {total} {unit})", whole_percent(*done, *total)),
        }
    }
}

fn whole_percent(done: u64, total: u64) -> u128 {
    let (done, total) = (u128::from(done.min(total)), u128::from(total));
    (done * 100 + total / 2) / total
}

#[cfg(test)]
mod tests {
    use super::{Phase, Progress};
    use crate::__private::Source;
    use crate::migration::Migration;
    use std::time::Duration;

    static MIGRATION: Migration = Migration::new(Source {
        path: "migrations/0007_index.sql",
        sql: "VACUUM",
        statements: &[0; 36],
        ..Source::EMPTY
    });

    fn phase(done: u64, total: u64) -> Phase {
        Phase {
            command: "CREATE INDEX CONCURRENTLY".into(),
            phase: "building index: scanning table".into(),
            relation: "bets".into(),
            done,
            total,
            unit: "blocks".into(),
        }
    }

    #[test]
    fn percentages() {
        for (done, total, expected) in
            [(0, 0, None), (0, 8, Some(0.0)), (2, 8, Some(25.0)), (9, 8, Some(100.0))]
        {
            assert_eq!(phase(done, total).percent(), expected);
        }
    }

    #[test]
    fn says_how_far_it_is() {
        let mut progress = Progress {
            migration: &MIGRATION,
            statement: Some(2),
            elapsed: Duration::from_millis(12_340),
            phase: Some(phase(3072, 12288)),
            wait: None,
            blocker: None,
            rows: None,
        };
        let shown = include_str!("../README.md").lines().find(|line| line.starts_with("Applying "));
        assert_eq!(Some(progress.to_string().as_str()), shown);
        (progress.statement, progress.phase) = (None, None);
        (progress.rows, progress.wait) = (Some(5000), Some("IO DataFileRead".into()));
        let expected =
            "Applying 0007_index.sql, for 12.3s, 5000 rows so far; waits for IO DataFileRead";
        assert_eq!(progress.to_string(), expected);
    }
}
