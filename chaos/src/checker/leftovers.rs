//! What processes that are gone must not leave.

use std::thread::sleep;
use std::time::{Duration, Instant};

use postgres::Client;

use super::Stage;
use super::history::Row;
use crate::Result;

const OTHERS: &str = "SELECT format('%s is %s: %s', pid, state, query) FROM pg_stat_activity \
    WHERE datname = current_database() AND pid <> pg_backend_pid() \
    AND backend_type = 'client backend'";

/// Who migrates is connected only while it does; what belongs to no session is a prepared transaction's.
const LOCKS: &str = "SELECT format('%s lock on %s', l.mode, coalesce(l.relation::regclass::text, l.locktype)) \
    FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid \
    WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
    AND l.pid IS DISTINCT FROM pg_backend_pid() \
    AND (a.pid IS NULL OR a.backend_type = 'client backend')";

const UNFIT: &str = "SELECT indexrelid::regclass::text FROM pg_index \
    WHERE NOT (indisvalid AND indisready AND indislive)";

const TRANSIENT: &str = "SELECT relname::text FROM pg_class WHERE relkind IN ('i', 'I') \
    AND relname ~ '_cc(new|old)[0-9]*$'";

/// Waits until no other session is connected, and names those that stay.
pub(crate) fn sessions(client: &mut Client, patience: Duration) -> Result<Vec<String>> {
    let began = Instant::now();
    loop {
        let others = names(client, OTHERS)?;
        if others.is_empty() || began.elapsed() > patience {
            return Ok(others.iter().map(|it| format!("a session is left: {it}")).collect());
        }
        sleep(Duration::from_millis(2));
    }
}

pub(crate) fn locks(client: &mut Client) -> Result<Vec<String>> {
    Ok(names(client, LOCKS)?.iter().map(|it| format!("a lock is held: {it}")).collect())
}

/// A statement that may be running may have left its index half done, which the next start finds.
pub(crate) fn indexes(client: &mut Client, stage: Stage, rows: &[Row]) -> Result<Vec<String>> {
    if stage == Stage::Between && rows.iter().any(|row| row.is_in_flight) {
        return Ok(Vec::new());
    }
    let mut complaints = Vec::new();
    complaints.extend(names(client, UNFIT)?.iter().map(|it| format!("index {it} is INVALID")));
    complaints.extend(names(client, TRANSIENT)?.iter().map(|it| format!("index {it} is left")));
    Ok(complaints)
}

fn names(client: &mut Client, sql: &str) -> Result<Vec<String>> {
    Ok(client.query(sql, &[])?.iter().map(|row| row.get(0)).collect())
}
