//! What statements that run outside of a transaction leave in the catalog.

/// What a statement does, as far as the catalog can tell afterwards whether it is done.
///
/// Names are as the file writes them, without white space and comments, also with a schema and in
/// quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It can run in a transaction.
    Transactional,
    /// It can run in a transaction, and the statements behind it need what it sets.
    Setting,
    /// `CREATE INDEX CONCURRENTLY`, which may leave the name to the server.
    CreateIndex { index: Option<&'static str>, table: &'static str },
    /// `DROP INDEX CONCURRENTLY`.
    DropIndex { index: &'static str },
    /// `REINDEX … CONCURRENTLY`.
    Reindex,
    /// `ALTER TABLE … DETACH PARTITION … CONCURRENTLY`.
    DetachPartition { table: &'static str, partition: &'static str },
    CreateDatabase { name: &'static str },
    DropDatabase { name: &'static str },
    CreateTablespace { name: &'static str },
    DropTablespace { name: &'static str },
    /// To run it once more leads to the same.
    Repeatable,
    /// It may commit by itself: `CALL`, and a `DO` block that commits.
    Procedure,
    /// No catalog tells.
    Unknown,
}
