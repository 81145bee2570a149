//! The rows of the table.

use std::time::{Duration, SystemTime};

use postgres::SimpleQueryRow;
use postgres::error::SqlState;

use crate::history::Table;
use crate::journal::{InFlight, Journal, Worker};
use crate::recorded::Recorded;
use crate::report::Other;
use crate::seconds;
use crate::session::field;
use crate::sql::literal;
use crate::standing::Row;

/// A row of the set, and who wrote it when.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) row: Row,
    /// Whether it was finished since the run began.
    pub(crate) meanwhile: bool,
    /// The same for people, with more.
    pub(crate) recorded: Recorded,
}

impl Record {
    /// Reads the rows of the set; an error names what is no row of ours.
    pub(crate) fn read_all(rows: &[SimpleQueryRow]) -> Result<Vec<Self>, String> {
        Self::read_all_of(rows.iter().map(|row| move |column: &str| field(row, column)))
    }

    /// The same of anything that has a text for some columns.
    pub(crate) fn read_all_of<'a>(
        rows: impl Iterator<Item = impl Fn(&str) -> Option<&'a str>>,
    ) -> Result<Vec<Self>, String> {
        rows.filter(|row| row("finished").is_some()).map(|row| Self::read(&row)).collect()
    }

    fn read<'a>(field: &dyn Fn(&str) -> Option<&'a str>) -> Result<Self, String> {
        let text = |column| field(column).unwrap_or_default().to_owned();
        let version = text("version");
        let version = version.parse().map_err(|_| version)?;
        let row_of = Row {
            version,
            name: text("name"),
            checksum: text("checksum"),
            finished: text("finished") == "t",
            journal: journal(field),
        };
        Ok(Self {
            row: row_of,
            meanwhile: text("meanwhile") == "t",
            recorded: recorded(version, field),
        })
    }

    /// Who applied it.
    pub(crate) fn other(&self) -> Other {
        let Recorded { name, applied_by, application, .. } = &self.recorded;
        Other::new(self.row.version, name, applied_by, application)
    }
}

fn recorded<'a>(version: i64, field: &dyn Fn(&str) -> Option<&'a str>) -> Recorded {
    let text = |column| field(column).unwrap_or_default().to_owned();
    Recorded {
        version: Some(version).filter(|version| *version >= 0),
        name: text("name"),
        checksum: text("checksum"),
        applied_at: moment(field("began").unwrap_or_default()),
        duration: field("took").and_then(seconds::read),
        applied_by: text("applied_by"),
        application: text("application"),
        statements_done: field("statements_done").and_then(|done| done.parse().ok()),
        rows: field("rows_done").and_then(|rows| rows.parse().ok()),
    }
}

/// Somebody may have written any by hand, also `infinity`, which becomes one that is out of the server's
/// range: from 4713 BC to 294276 AD ("Date/Time Types", 8.5, in PostgreSQL's manual).
fn moment(since_epoch: &str) -> SystemTime {
    const LIMIT: Duration = Duration::from_secs(10_000_000_000_000);
    let before = since_epoch.strip_prefix('-');
    let apart = match before.unwrap_or(since_epoch) {
        "Infinity" => LIMIT,
        apart => seconds::read(apart).unwrap_or_default().min(LIMIT),
    };
    let epoch = SystemTime::UNIX_EPOCH;
    let moment = before.map_or_else(|| epoch.checked_add(apart), |_| epoch.checked_sub(apart));
    moment.unwrap_or(epoch)
}

/// Nothing where there is none, or one that no version of this library wrote.
fn journal<'a>(field: &dyn Fn(&str) -> Option<&'a str>) -> Option<Journal> {
    let worker = field("worker").map(|worker| Worker::parse(worker).ok_or(worker));
    let rows = field("rows_done").map(str::parse);
    Some(Journal {
        done: field("statements_done")?.parse().ok()?,
        checksum: field("statements_checksum").map(Into::into),
        in_flight: field("in_flight").map(InFlight::parse),
        worker: worker.transpose().ok()?,
        rows: rows.transpose().ok()?.unwrap_or_default(),
    })
}

/// Whether the row that was asked for is complete; nothing if there is no such row.
pub(crate) fn is_finished(
    answer: Result<Vec<SimpleQueryRow>, postgres::Error>,
) -> Result<Option<bool>, postgres::Error> {
    match answer {
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Ok(None),
        answer => Ok(answer?.iter().find_map(|row| field(row, "finished")).map(|it| it == "t")),
    }
}

impl Table {
    /// Reads the rows of the set; those that were finished less than `elapsed` ago were finished
    /// by others while this run waited.
    pub(crate) fn rows_sql(&self, elapsed: Duration) -> String {
        let (table, set_name) = (self.qualified(), literal(&self.set_name));
        let seconds = seconds::write(elapsed);
        format!(
            "SELECT version, name, checksum, duration IS NOT NULL AS finished, applied_by, \
             application, statements_done, statements_checksum, in_flight, worker, rows_done, \
             pg_catalog.extract('epoch', applied_at) AS began, \
             pg_catalog.extract('epoch', duration) AS took, \
             pg_catalog.timestamptz_ge(\
             pg_catalog.timestamptz_pl_interval(applied_at, duration), \
             pg_catalog.timestamptz_mi_interval(pg_catalog.clock_timestamp(), \
             pg_catalog.make_interval(secs => {seconds}))) AS meanwhile \
             FROM {table} WHERE set_name OPERATOR(pg_catalog.=) {set_name}"
        )
    }

    /// Asks for the processes of the server that work, or worked, on what is not finished.
    pub(crate) fn worker_pids_sql(&self) -> String {
        format!(
            "SELECT pg_catalog.split_part(worker, ' ', 1)::pg_catalog.int4 AS pid FROM {} \
             WHERE set_name OPERATOR(pg_catalog.=) {} AND duration IS NULL AND worker IS NOT NULL",
            self.qualified(),
            literal(&self.set_name),
        )
    }

    /// Asks how many rows the batches have changed that are not finished, as a [`Phase`] has it.
    ///
    /// [`Phase`]: crate::progress::Phase
    pub(crate) fn rows_done_sql(&self) -> String {
        format!(
            "SELECT 'batches of ' OPERATOR(pg_catalog.||) name AS command, rows_done AS done, \
             'rows' AS unit FROM {} WHERE set_name OPERATOR(pg_catalog.=) {} \
             AND duration IS NULL AND rows_done IS NOT NULL",
            self.qualified(),
            literal(&self.set_name),
        )
    }

    /// Asks what became of a row, where a message ended in an error.
    pub(crate) fn row_sql(&self, version: i64) -> String {
        format!(
            "SELECT duration IS NOT NULL AS finished FROM {} WHERE {}",
            self.qualified(),
            self.is_row_of(version),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::moment;
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_moment_is_where_it_is_also_where_no_run_can_have_begun() {
        let epoch = SystemTime::UNIX_EPOCH;
        let (second, limit) = (Duration::from_secs(1), Duration::from_secs(10_000_000_000_000));
        let cases = [
            ("0", epoch),
            ("1", epoch + second),
            ("-1", epoch - second),
            ("Infinity", epoch + limit),
            ("-Infinity", epoch - limit),
        ];
        for (since_epoch, expected) in cases {
            assert_eq!(moment(since_epoch), expected, "{since_epoch}");
        }
    }
}
