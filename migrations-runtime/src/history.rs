//! The only module that knows the SQL of the history table.

mod ask;
mod entry;
mod place;
mod record;
mod table;
mod verdict;

use crate::sql::literal;

pub(crate) use ask::Asked;
pub(crate) use entry::{Entry, TAKEN_OVER};
pub(crate) use place::{Found, Place, Rights};
pub(crate) use record::{Record, is_finished};
pub(crate) use table::{CHANGED_SCHEMA, COLUMNS, ENDED_TRANSACTION, ROW_IS_GONE, Table};
pub(crate) use verdict::Verdict;

/// Which rows of which table, as the options name them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct History {
    /// The schema; without one it is the session's `current_schema()`.
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    pub(crate) set_name: String,
}

impl History {
    /// The schema as an expression.
    pub(crate) fn schema_sql(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{}::pg_catalog.name", literal(schema)),
            None => "pg_catalog.current_schema()".into(),
        }
    }

    pub(crate) fn table(&self, schema: &str) -> Table {
        Table::new(schema, &self.table, &self.set_name)
    }
}
