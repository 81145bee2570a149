//! What to do where the server refuses a migration, by the SQLSTATE: "PostgreSQL Error Codes"
//! (appendix A) in PostgreSQL's manual.

use postgres::error::SqlState;

/// What to do next.
pub(crate) fn next_by_code(code: Option<&SqlState>) -> &'static str {
    match code {
        Some(&SqlState::ACTIVE_SQL_TRANSACTION) => {
            "move the statement into a file of its own that begins with \
             `-- migrations: no-transaction`"
        }
        Some(&SqlState::LOCK_NOT_AVAILABLE) => {
            "wait for the transaction that holds the lock, or end it with \
             `SELECT pg_terminate_backend(pid)`, and start again"
        }
        Some(code) if ALREADY_THERE.contains(code) => {
            "find out who has made it; if it was this migration, the history is older than the schema, as \
             when they come from two backups: restore both from one, or, where nothing is recorded yet, \
             record what is there with `Runner::baseline`"
        }
        Some(code) if NOT_THERE.contains(code) => {
            "correct the name and start again; if an applied migration had made it, the schema is older \
             than the history, as when they come from two backups: restore both from one"
        }
        _ => "correct the cause and start again",
    }
}

const ALREADY_THERE: [SqlState; 5] = [
    SqlState::DUPLICATE_COLUMN,
    SqlState::DUPLICATE_FUNCTION,
    SqlState::DUPLICATE_OBJECT,
    SqlState::DUPLICATE_SCHEMA,
    SqlState::DUPLICATE_TABLE,
];

const NOT_THERE: [SqlState; 2] = [SqlState::INVALID_SCHEMA_NAME, SqlState::UNDEFINED_TABLE];
