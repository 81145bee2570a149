//! Which transaction a migration runs in, and what became of it.

use std::fmt;

use postgres::SimpleQueryRow;

use crate::session::field;

/// The number of a transaction. See "Transaction ID and Snapshot Information Functions" (9.27) in
/// PostgreSQL's manual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TransactionId(u64);

const ID: &str = "migrations_runtime_transaction";

/// Asks for the number of the transaction that this is sent in.
pub(crate) fn id_sql() -> String {
    format!("SELECT pg_catalog.pg_current_xact_id() AS {ID}")
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
    /// As SQL that can stand behind a file's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}::pg_catalog.text::pg_catalog.xid8)", self.0)
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
