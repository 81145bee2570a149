//! Which transaction a migration runs in, and what became of it.

use std::fmt;

use postgres::SimpleQueryRow;

use crate::session::field;
use crate::sql::literal_behind_file;

/// The number of a transaction. See "Transaction ID and Snapshot Information Functions" (9.27) in
/// PostgreSQL's manual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TransactionId(u64);

const ID: &str = "migrations_runtime_transaction";

/// Asks for the number of the transaction that this is sent in.
pub(crate) fn id_sql() -> String {
    format!("SELECT {}", id_column())
}

/// The same, beside something else.
pub(crate) fn id_column() -> String {
    format!("pg_catalog.pg_current_xact_id() AS {ID}")
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Committed,
    Aborted,
    /// It may still be committed; or the server does not know.
    Open,
}

impl TransactionId {
    pub(crate) fn read(rows: &[SimpleQueryRow]) -> Option<Self> {
        rows.iter().find_map(|row| field(row, ID)?.parse().ok()).map(Self)
    }

    /// Asks what became of it, which needs no lock of any table.
    pub(crate) fn status_sql(self) -> String {
        format!("SELECT pg_catalog.pg_xact_status({self}) AS status")
    }
}

impl fmt::Display for TransactionId {
    /// As SQL that can stand behind a file's, and whose type the server infers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&literal_behind_file(&self.0.to_string()))
    }
}

impl Status {
    pub(crate) fn read(rows: &[SimpleQueryRow]) -> Self {
        match rows.iter().find_map(|row| field(row, "status")) {
            Some("committed") => Self::Committed,
            Some("aborted") => Self::Aborted,
            _ => Self::Open,
        }
    }
}
