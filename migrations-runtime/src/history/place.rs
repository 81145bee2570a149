//! What stands in the database where the table should be.

use postgres::SimpleQueryRow;

use crate::history::Table;
use crate::session::field;
use crate::sql::literal;

/// What stands in the database where the table should be.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) found: Found,
    pub(crate) rights: Rights,
    pub(crate) read_only: bool,
    /// Whether the server follows another one, and takes no writes.
    pub(crate) is_standby: bool,
    /// Whether the transaction began with this message; else the pool had left one open.
    pub(crate) has_begun: bool,
    pub(crate) role: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    Schema,
    Table,
}

/// What the role may do with the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rights {
    TooFew,
    /// Write rows, or create the table where it is absent.
    Write,
    /// Remove rows, too, which reverts and repairs do.
    Remove,
}

impl Rights {
    fn read(row: &SimpleQueryRow) -> Self {
        let may = |column| field(row, column) == Some("t");
        match (may("may_write"), may("may_delete")) {
            (false, _) => Self::TooFew,
            (true, false) => Self::Write,
            (true, true) => Self::Remove,
        }
    }
}

impl Place {
    pub(crate) fn read(rows: &[SimpleQueryRow]) -> Option<Self> {
        let row = rows.iter().find(|row| field(row, "found").is_some())?;
        let found = match field(row, "found") {
            Some("table") => Found::Table,
            Some("schema") => Found::Schema,
            _ => Found::Nothing,
        };
        Some(Self {
            found,
            rights: Rights::read(row),
            read_only: field(row, "read_only") == Some("on"),
            is_standby: field(row, "is_standby") == Some("t"),
            has_begun: field(row, "has_begun") == Some("t"),
            role: field(row, "role").unwrap_or_default().into(),
        })
    }
}

impl Table {
    /// Tells what stands where the table should be. It is sent as a statement of its own behind the
    /// one that takes the lock: only then does its snapshot see what the last holder committed. Who does
    /// not get the lock asks in vain, in a new session: two look-ups cost it less than a join.
    pub(crate) fn place_sql(&self) -> String {
        let (schema, table) = (literal(&self.schema), literal(&self.name));
        format!(
            "WITH n AS MATERIALIZED (SELECT (SELECT oid FROM pg_catalog.pg_namespace \
             WHERE nspname OPERATOR(pg_catalog.=) {schema}) AS oid), \
             c AS MATERIALIZED (SELECT (SELECT oid FROM pg_catalog.pg_class \
             WHERE relnamespace OPERATOR(pg_catalog.=) n.oid \
             AND relname OPERATOR(pg_catalog.=) {table}) AS oid FROM n) \
             SELECT CASE WHEN c.oid IS NOT NULL THEN 'table' \
             WHEN n.oid IS NOT NULL THEN 'schema' ELSE 'nothing' END AS found, \
             CASE WHEN c.oid IS NOT NULL THEN pg_catalog.has_table_privilege(c.oid, 'SELECT') \
             AND pg_catalog.has_table_privilege(c.oid, 'INSERT') \
             AND pg_catalog.has_table_privilege(c.oid, 'UPDATE') \
             WHEN n.oid IS NOT NULL THEN pg_catalog.has_schema_privilege(n.oid, 'CREATE') \
             ELSE pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') \
             END AS may_write, \
             COALESCE(pg_catalog.has_table_privilege(c.oid, 'DELETE'), true) AS may_delete, \
             pg_catalog.current_setting('transaction_read_only') AS read_only, \
             pg_catalog.pg_is_in_recovery() AS is_standby, \
             pg_catalog.transaction_timestamp() OPERATOR(pg_catalog.=) \
             pg_catalog.statement_timestamp() AS has_begun, \
             current_user AS role \
             FROM n, c"
        )
    }
}
