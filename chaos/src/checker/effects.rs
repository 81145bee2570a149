//! Whether each effect is there as often as it is recorded.

use std::ops::RangeInclusive;

use postgres::Client;

use super::history::Row;
use crate::Result;
use crate::sets::{Kind, Of, Probe};

/// Counts where there may be no table or no column yet, which is no effect.
const COUNT: &str =
    "CREATE FUNCTION pg_temp.effects(query text) RETURNS bigint LANGUAGE plpgsql AS $$
    DECLARE n bigint;
    BEGIN
        EXECUTE query INTO n;
        RETURN coalesce(n, 0);
    EXCEPTION WHEN undefined_table OR undefined_column THEN
        RETURN 0;
    END $$";

pub(crate) fn check(client: &mut Client, kind: Kind, rows: &[Row]) -> Result<Vec<String>> {
    client.batch_execute(COUNT)?;
    let mut complaints = Vec::new();
    for probe in kind.probes() {
        let count = count(client, probe.sql)?;
        let row = rows.iter().find(|row| row.version == probe.version);
        complaints.extend(check_count(probe, count, row));
    }
    complaints.extend(of_objects(client, kind, rows)?);
    Ok(complaints)
}

fn count(client: &mut Client, sql: &str) -> Result<i64> {
    Ok(client.query_one("SELECT pg_temp.effects($1)", &[&sql])?.get(0))
}

fn check_count(probe: &Probe, count: i64, row: Option<&Row>) -> Option<String> {
    let expected = expected(probe, row);
    (!expected.contains(&count)).then(|| {
        let state = row.map_or("not recorded".into(), |row| format!("recorded as {row:?}"));
        format!(
            "{} of {} has {count} effects, not {expected:?} ({}), and is {state}",
            of(probe),
            probe.version,
            probe.sql
        )
    })
}

fn of(probe: &Probe) -> String {
    match probe.of {
        Of::File => "the file".into(),
        Of::Statement(number) => format!("statement {number}"),
        Of::Rows => "the backfill".into(),
    }
}

/// How many effects the record allows.
fn expected(probe: &Probe, row: Option<&Row>) -> RangeInclusive<i64> {
    let Some(row) = row else { return 0..=0 };
    match probe.of {
        Of::Rows => row.rows..=row.rows,
        _ if row.is_finished => probe.once..=probe.once,
        Of::Statement(number) if row.done >= number => probe.once..=probe.once,
        Of::Statement(number) if row.done + 1 == number && row.is_in_flight => 0..=probe.once,
        Of::File | Of::Statement(_) => 0..=0,
    }
}

/// A repeatable object that is recorded is there.
fn of_objects(client: &mut Client, kind: Kind, rows: &[Row]) -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    for object in kind.migrations().repeatables() {
        let sql = "SELECT count(*) FROM (SELECT relname FROM pg_class UNION ALL \
                   SELECT proname FROM pg_proc) o WHERE relname = $1";
        let count: i64 = client.query_one(sql, &[&object.name()])?.get(0);
        let is_recorded =
            rows.iter().any(|row| row.version < 0 && row.is_finished && row.name == object.name());
        if is_recorded && count != 1 {
            complaints.push(format!("{} is recorded, and there {count} times", object.name()));
        }
    }
    Ok(complaints)
}

/// The hook's effect is in the transaction that finishes the row.
pub(crate) fn of_hook(client: &mut Client, kind: Kind, rows: &[Row]) -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    for migration in kind.migrations() {
        let version = migration.version();
        let count =
            count(client, &format!("SELECT count(*) FROM hooked WHERE version = {version}"))?;
        let is_finished = rows.iter().any(|row| row.version == version && row.is_finished);
        if count != i64::from(is_finished) {
            complaints.push(format!("the hook of {version} has {count} effects"));
        }
    }
    Ok(complaints)
}
