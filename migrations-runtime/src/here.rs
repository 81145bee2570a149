//! Where a run takes place, resolved once: which table of which database of which server.

use postgres::SimpleQueryRow;

use crate::history::{History, Table};
use crate::lock::Key;
use crate::session::field;
use crate::sql::literal;

/// The place of a run.
#[derive(Clone, Debug)]
pub(crate) struct Here {
    pub(crate) table: Table,
    pub(crate) key: Key,
    /// Tells this database from all others, as long as its server runs; and the role from others.
    pub(crate) database: String,
}

impl Here {
    /// Asks for the schema, the database, and the number of the lock.
    pub(crate) fn sql(history: &History) -> String {
        let (schema, table) = (history.schema_sql(), literal(&history.table));
        format!(
            "SELECT s.schema, pg_catalog.hashtextextended(pg_catalog.concat(\
             'migrations-runtime: ', s.schema, '.', {table}) COLLATE pg_catalog.\"C\", 0) AS key, \
             pg_catalog.concat_ws(' ', session_user, current_user, pg_catalog.current_database(), \
             pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time())) AS database \
             FROM (SELECT {schema} AS schema) s"
        )
    }

    /// Reads the answer; nothing if there is no schema.
    pub(crate) fn read(rows: &[SimpleQueryRow], history: &History) -> Option<Self> {
        let row = rows.first()?;
        Some(Self {
            table: history.table(field(row, "schema")?),
            key: Key::new(field(row, "key")?.parse().ok()?),
            database: field(row, "database")?.into(),
        })
    }
}
