//! What commands that cannot run in a transaction leave in the catalog.

use crate::lexer::Token;
use crate::pattern::names;
use crate::statements::Statement;

/// What a statement does, as far as the catalog can tell afterwards whether it is done.
///
/// Names are as the file writes them, without white space and comments, also with a schema and in
/// quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It can run in a transaction.
    Transactional,
    /// It can run in a transaction, and the statements behind it need what it sets.
    Setting {
        /// The number of the statement that sets the same anew, from 0, if there is one.
        until: Option<u32>,
    },
    /// `CREATE INDEX CONCURRENTLY`.
    CreateIndex {
        /// Its name, unless that is left to the server.
        index: Option<String>,
        /// The table that it is for.
        table: String,
    },
    /// `DROP INDEX CONCURRENTLY`.
    DropIndex {
        /// The index.
        index: String,
    },
    /// `REINDEX … CONCURRENTLY`.
    Reindex {
        /// The index or the table, unless it is all of a schema or a database.
        relation: Option<String>,
    },
    /// `ALTER TABLE … DETACH PARTITION … CONCURRENTLY`.
    DetachPartition {
        /// The table that is partitioned.
        table: String,
        /// The partition.
        partition: String,
    },
    /// `CREATE DATABASE`.
    CreateDatabase {
        /// The database.
        name: String,
    },
    /// `DROP DATABASE`.
    DropDatabase {
        /// The database.
        name: String,
    },
    /// `CREATE TABLESPACE`.
    CreateTablespace {
        /// The tablespace.
        name: String,
    },
    /// `DROP TABLESPACE`.
    DropTablespace {
        /// The tablespace.
        name: String,
    },
    /// To run it once more leads to the same.
    Repeatable,
    /// It may commit by itself: `CALL`, a `DO` block that commits, and what takes a name from which it
    /// cannot be read what it leaves.
    Opaque,
    /// No catalog tells.
    Unknown,
}

/// `ON` is reserved, and no name unless it is quoted; `IF` may be one.
pub(crate) fn create_index(create: &Statement<'_, '_>) -> Effect {
    let unnamed = written(create, &["CREATE [UNIQUE] INDEX CONCURRENTLY ON [ONLY] <name>"])
        .map(|[table]| Effect::CreateIndex { index: None, table });
    let patterns = [
        "CREATE [UNIQUE] INDEX CONCURRENTLY <name> ON [ONLY] <name>",
        "CREATE [UNIQUE] INDEX CONCURRENTLY IF NOT EXISTS <name> ON [ONLY] <name>",
    ];
    let named = || {
        written(create, &patterns)
            .map(|[index, table]| Effect::CreateIndex { index: Some(index), table })
    };
    unnamed.or_else(named).unwrap_or(Effect::Opaque)
}

/// The server takes one name only.
pub(crate) fn drop_index(drop: &Statement<'_, '_>) -> Effect {
    let patterns = [
        "DROP INDEX CONCURRENTLY <name> [CASCADE|RESTRICT] $",
        "DROP INDEX CONCURRENTLY IF EXISTS <name> [CASCADE|RESTRICT] $",
    ];
    written(drop, &patterns).map_or(Effect::Opaque, |[index]| Effect::DropIndex { index })
}

/// All of a schema or a database is rebuilt by halves only where it is done concurrently.
pub(crate) fn reindex(reindex: &Statement<'_, '_>, is_concurrent: bool) -> Effect {
    if !is_concurrent {
        return Effect::Repeatable;
    }
    let patterns = ["REINDEX [(…)] INDEX|TABLE [CONCURRENTLY] <name>"];
    Effect::Reindex { relation: written(reindex, &patterns).map(|[relation]| relation) }
}

pub(crate) fn detach_partition(alter: &Statement<'_, '_>) -> Effect {
    let pattern = "ALTER TABLE [IF] [EXISTS] [ONLY] <name> [*] DETACH PARTITION <name>";
    written(alter, &[pattern])
        .map_or(Effect::Opaque, |[table, partition]| Effect::DetachPartition { table, partition })
}

pub(crate) fn create_database(create: &Statement<'_, '_>) -> Effect {
    let name = written(create, &["CREATE DATABASE <name>"]);
    name.map_or(Effect::Opaque, |[name]| Effect::CreateDatabase { name })
}

pub(crate) fn drop_database(drop: &Statement<'_, '_>) -> Effect {
    let name = written(drop, &["DROP DATABASE IF EXISTS <name>", "DROP DATABASE <name>"]);
    name.map_or(Effect::Opaque, |[name]| Effect::DropDatabase { name })
}

pub(crate) fn create_tablespace(create: &Statement<'_, '_>) -> Effect {
    let name = written(create, &["CREATE TABLESPACE <name>"]);
    name.map_or(Effect::Opaque, |[name]| Effect::CreateTablespace { name })
}

pub(crate) fn drop_tablespace(drop: &Statement<'_, '_>) -> Effect {
    let name = written(drop, &["DROP TABLESPACE IF EXISTS <name>", "DROP TABLESPACE <name>"]);
    name.map_or(Effect::Opaque, |[name]| Effect::DropTablespace { name })
}

/// The names in the first of the patterns that the statement begins like.
fn written<const N: usize>(
    statement: &Statement<'_, '_>,
    patterns: &[&str],
) -> Option<[String; N]> {
    let names = patterns.iter().find_map(|pattern| names(statement, pattern))?;
    names.iter().map(|name| text(name)).collect::<Option<Vec<_>>>()?.try_into().ok()
}

/// Of what stands in `U&"…"`, only the server's lexer knows the characters.
fn text(name: &[&Token<'_>]) -> Option<String> {
    let is_escaped = |token: &&Token<'_>| token.text.get(1..3) == Some("&\"");
    (!name.iter().any(is_escaped)).then(|| name.iter().map(|token| token.text).collect())
}
