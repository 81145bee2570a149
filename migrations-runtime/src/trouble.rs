//! Errors about the history and what is pending: what was found, what was expected, and what to do.

use postgres::error::SqlState;

use crate::error::Error;
use crate::history::{Found, History, Place, Rights, Table};
use crate::migration::Migration;
use crate::plan::Pending;
use crate::sql::identifier;

/// The history could not be read.
pub(crate) fn reading(history: &History, error: postgres::Error) -> Error {
    const NOT_OURS: [SqlState; 5] = [
        SqlState::UNDEFINED_COLUMN,
        SqlState::UNDEFINED_FUNCTION,
        SqlState::DATATYPE_MISMATCH,
        SqlState::CANNOT_COERCE,
        SqlState::WRONG_OBJECT_TYPE,
    ];
    let table = &history.table;
    match error.code() {
        Some(code) if NOT_OURS.contains(code) => Error::history(
            format!("the table `{table}` is not a history table of this library"),
            format!(
                "rename it, or choose another name with `Runner::history_table`; expected were the \
                 columns {}",
                crate::history::COLUMNS
            ),
            Some(error),
        ),
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => Error::history(
            format!("cannot read the history table `{table}`"),
            format!(
                "grant the role USAGE on its schema and SELECT on {}, and to migrate also INSERT and \
                 UPDATE",
                identifier(table)
            ),
            Some(error),
        ),
        _ => general("read the history of migrations", error),
    }
}

/// The role of the run could not be taken on.
pub(crate) fn taking_on(role: &str, login: &str, error: postgres::Error) -> Error {
    let (role, login) = (identifier(role), identifier(login));
    let next = match error.code() {
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            format!("GRANT {role} TO {login}, or connect as a role that may do so")
        }
        _ => "create the role, or name another one".into(),
    };
    let problem = format!("{login} cannot take on the role {role}, which `Runner::role` names");
    Error::history(problem, next, Some(error))
}

/// The history could not be created.
pub(crate) fn creating(table: &Table, error: postgres::Error) -> Error {
    Error::history(
        format!("cannot create the history table {}", table.qualified()),
        "remove what is in its way, or choose another place with `Runner::history_schema` and \
         `Runner::history_table`"
            .into(),
        Some(error),
    )
}

/// The set is recorded where the session's search path finds it, but not where it belongs.
pub(crate) fn elsewhere(history: &History, found: &str) -> Error {
    Error::history(
        format!(
            "the set `{}` is recorded in the table `{}` of the schema `{found}`, but \
             `current_schema()` is another one, where all its migrations would run again",
            history.set_name, history.table
        ),
        format!(
            "go on with that history by `Runner::history_schema({found:?})`, or begin another one by \
             naming its schema"
        ),
        None,
    )
}

/// A server that answers, but not what it was asked.
pub(crate) fn no_transaction() -> Error {
    Error::history(
        "the server did not tell the number of the transaction".into(),
        "connect to PostgreSQL 13 or newer, without a proxy that rewrites queries".into(),
        None,
    )
}

/// Whenever it is looked at, it is another one.
pub(crate) fn changing() -> Error {
    Error::history(
        "the history of migrations is another one at each look".into(),
        "see to it that all connections of the pool have the same role and `search_path`".into(),
        None,
    )
}

/// Somebody has applied what this process has just reverted.
pub(crate) fn applied_again(migration: &Migration) -> Error {
    let (version, name) = (migration.version(), migration.name());
    Error::history(
        format!(
            "version {version} ({name}) was applied again meanwhile, after it had been reverted"
        ),
        "stop what applies it, and revert again".into(),
        None,
    )
}

/// The lock could not be asked for.
pub(crate) fn locking(error: postgres::Error) -> Error {
    general("lock the history of migrations", error)
}

/// The holder of the lock could not be ended.
pub(crate) fn unlocking(error: postgres::Error) -> Error {
    general("end the session that holds the lock", error)
}

fn general(doing: &'static str, error: postgres::Error) -> Error {
    match error.code() {
        // BEGIN with an isolation level is refused where a transaction has a snapshot already.
        Some(&SqlState::IN_FAILED_SQL_TRANSACTION | &SqlState::ACTIVE_SQL_TRANSACTION) => {
            open_transaction(Some(error))
        }
        _ => Error::statement(doing, error),
    }
}

/// `current_schema()` is null: no schema of the search path exists.
pub(crate) fn no_schema(history: &History) -> Error {
    Error::history(
        format!("there is no schema for the history table `{}`", history.table),
        "create one that the session's `search_path` names, or name one with \
         `Runner::history_schema`"
            .into(),
        None,
    )
}

pub(crate) fn unreadable_version(table: &Table, version: &str) -> Error {
    Error::history(
        format!(
            "the history table {} has the version {version:?}, expected a number",
            table.qualified()
        ),
        "find out who wrote it, and restore the row from a backup".into(),
        None,
    )
}

/// Refuses a connection that came out of the pool in the midst of a transaction: what is open there
/// is not ours to commit.
pub(crate) fn refuse_open_transaction(place: &Place) -> Result<(), Error> {
    if place.has_begun {
        return Ok(());
    }
    Err(open_transaction(None))
}

fn open_transaction(error: Option<postgres::Error>) -> Error {
    Error::history(
        "the pool gave a connection that is inside of an open transaction".into(),
        "look for a user of the pool who gives connections back without COMMIT or ROLLBACK".into(),
        error,
    )
}

/// A baseline is for a set of which nothing is recorded.
pub(crate) fn has_history() -> Error {
    Error::history(
        "the set has a history already, and it is another one than the baseline would write; nothing was \
         changed"
            .into(),
        "look at its status; what is pending is applied by a run".into(),
        None,
    )
}

/// What is to be reverted first is not embedded here.
pub(crate) fn newer_than_this((version, name): &(i64, String)) -> Error {
    Error::history(
        format!(
            "cannot revert: version {version} ({name}) is newer than this binary, and is to be reverted \
             first; nothing was changed"
        ),
        "revert with the binary that embeds it".into(),
        None,
    )
}

/// What is begun outside of a transaction has to be brought to its end first.
pub(crate) fn is_begun(migration: &Migration) -> Error {
    Error::history(
        format!("cannot revert: {} is begun, but not done; nothing was changed", migration.path()),
        "let a run go on with it, and then revert".into(),
        None,
    )
}

pub(crate) fn no_down_files(paths: &[&str]) -> Error {
    Error::history(
        format!("cannot revert: {} has no down file; nothing was changed", paths.join(", ")),
        "write `VERSION_name.down.sql` beside it, or go forward with a new migration".into(),
        None,
    )
}

/// Refuses pending migrations that take two connections where there is one.
pub(crate) fn refuse_small_pool(pending: &[Pending], size: u32) -> Result<(), Error> {
    let by_statement = pending.iter().map(|pending| pending.migration);
    let paths: Vec<_> =
        by_statement.filter(|it| !it.is_transactional()).map(Migration::path).collect();
    if paths.is_empty() || size >= 2 {
        return Ok(());
    }
    let problem = format!(
        "cannot apply {}: statements that run outside of a transaction take two connections, one to \
         hold the lock and one to run them, but the pool has {size} at most; nothing was changed",
        paths.join(", ")
    );
    Err(Error::history(problem, "build the pool with `max_size(2)` or more".into(), None))
}

/// The session that held the lock was lost, again and again.
pub(crate) fn lock_lost() -> Error {
    Error::history(
        "the connection that holds the lock was lost again and again".into(),
        "find out who ends the sessions, and start again".into(),
        None,
    )
}

/// A statement of ours about a migration's row failed.
pub(crate) fn writing(error: postgres::Error) -> Error {
    general("write the history of migrations", error)
}

/// Refuses a server that takes no writes, which does not even give transactions a number.
pub(crate) fn refuse_standby(place: &Place) -> Result<(), Error> {
    if !place.is_standby {
        return Ok(());
    }
    Err(Error::history(
        "something is to be changed, but the server is a standby, which takes no writes; nothing was \
         changed"
            .into(),
        "connect to the primary server (of several hosts, `target_session_attrs=read-write` chooses \
         it), or start again when this one is promoted"
            .into(),
        None,
    ))
}

/// Refuses what is to be done where its rows could not be written.
pub(crate) fn refuse_without_rights(place: &Place, table: &Table, what: &str) -> Result<(), Error> {
    let Place { found, rights, read_only, .. } = place;
    let (role, history) = (identifier(&place.role), table.qualified());
    let (problem, next) = match found {
        _ if *read_only => (
            "transactions are read-only here".into(),
            "connect to the primary server, or switch `default_transaction_read_only` off".into(),
        ),
        _ if *rights >= Rights::Write => return Ok(()),
        Found::Table => (
            format!("the role {role} may not write the history table {history}"),
            format!("GRANT SELECT, INSERT, UPDATE ON {history} TO {role}"),
        ),
        Found::Schema => (
            format!("the role {role} may not create the history table {history}"),
            format!("GRANT CREATE ON SCHEMA {} TO {role}", table.schema()),
        ),
        Found::Nothing => (
            format!("the role {role} may not create the schema {}", table.schema()),
            format!(
                "create the schema, and GRANT CREATE, USAGE ON SCHEMA {} TO {role}",
                table.schema()
            ),
        ),
    };
    Err(without_rights(what, &problem, &next))
}

/// Refuses what is to be undone where its rows could not be removed.
pub(crate) fn refuse_without_delete(place: &Place, table: &Table, what: &str) -> Result<(), Error> {
    if place.rights >= Rights::Remove {
        return Ok(());
    }
    let (role, history) = (identifier(&place.role), table.qualified());
    let problem = format!("the role {role} may not remove rows of the history table {history}");
    Err(without_rights(what, &problem, &format!("GRANT DELETE ON {history} TO {role}")))
}

fn without_rights(what: &str, problem: &str, next: &str) -> Error {
    let next = format!("{next}; or migrate as the role that owns the schema");
    Error::history(format!("{what}, but {problem}"), next, None)
}
