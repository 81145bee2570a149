//! Whether the history is one that runs can have written.

use migrations_runtime::Migration;
use postgres::Client;

use super::Stage;
use crate::Result;
use crate::sets::Kind;

/// A row of the history.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) version: i64,
    pub(crate) name: String,
    checksum: String,
    pub(crate) is_finished: bool,
    /// How many statements are done, of those that run one by one.
    pub(crate) done: i32,
    /// Whether the next one may be running.
    pub(crate) is_in_flight: bool,
    pub(crate) rows: i64,
}

/// The rows in order, none where the table is not there yet.
pub(crate) fn read(client: &mut Client) -> Result<Vec<Row>> {
    let exists = "SELECT to_regclass('public.embedded_migrations') IS NOT NULL";
    if !client.query_one(exists, &[])?.get::<_, bool>(0) {
        return Ok(Vec::new());
    }
    let sql = "SELECT version, name, checksum, duration IS NOT NULL, coalesce(statements_done, 0), \
               in_flight IS NOT NULL, coalesce(rows_done, 0) FROM public.embedded_migrations \
               ORDER BY version";
    let row = |row: &postgres::Row| Row {
        version: row.get(0),
        name: row.get(1),
        checksum: row.get(2),
        is_finished: row.get(3),
        done: row.get(4),
        is_in_flight: row.get(5),
        rows: row.get(6),
    };
    Ok(client.query(sql, &[])?.iter().map(row).collect())
}

pub(crate) fn check(rows: &[Row], kind: Kind, stage: Stage) -> Vec<String> {
    let migrations: Vec<_> = kind.migrations().iter().collect();
    let repeatables: Vec<_> = kind.migrations().repeatables().collect();
    let (objects, versions): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.version < 0);
    let mut complaints = Vec::new();
    for (number, row) in versions.iter().enumerate() {
        complaints.extend(check_row(row, migrations.get(number).copied()));
        let may_be_unfinished = number + 1 == versions.len() && stage == Stage::Between;
        let runs_one_by_one = migrations.get(number).is_some_and(|it| !it.is_transactional());
        let is_allowed = row.is_finished || may_be_unfinished && runs_one_by_one;
        if !is_allowed {
            complaints.push(format!("the row of {} is not finished", row.version));
        }
    }
    for row in &objects {
        let its = repeatables.iter().find(|it| it.name() == row.name);
        complaints.extend(check_row_of_object(row, its.copied(), stage));
    }
    let are_all = versions.len() == migrations.len() && objects.len() == repeatables.len();
    if stage == Stage::Finished && !are_all {
        complaints.push(format!(
            "{} migrations and {} repeatable objects are recorded, not {} and {}",
            versions.len(),
            objects.len(),
            migrations.len(),
            repeatables.len()
        ));
    }
    complaints
}

fn check_row(row: &Row, expected: Option<&Migration>) -> Option<String> {
    let Some(expected) = expected else {
        return Some(format!("a row of {} is recorded, which no migration has", row.version));
    };
    let found = (row.version, row.name.as_str(), row.checksum.as_str());
    let checksum = expected.checksum().to_string();
    // What was begun outside of a transaction has the checksum of its whole file from the beginning.
    if found == (expected.version(), expected.name(), checksum.as_str()) {
        return (row.is_finished && row.is_in_flight)
            .then(|| format!("{} is finished, and has a statement in flight", row.version));
    }
    Some(format!("the row of {} is recorded as {found:?}", expected.file_name()))
}

fn check_row_of_object(row: &Row, expected: Option<&Migration>, stage: Stage) -> Option<String> {
    let Some(expected) = expected else {
        return Some(format!("{} is recorded, which no repeatable object has", row.name));
    };
    if row.checksum != expected.checksum().to_string() {
        return Some(format!("{} is recorded with another checksum", row.name));
    }
    (stage == Stage::Finished && !row.is_finished).then(|| format!("{} is not applied", row.name))
}
