//! The table itself: how it is created and written.

use crate::history::Found;
use crate::migration::Migration;
use crate::sql::{identifier, literal, literal_behind_file};
use crate::task::{Act, Task};
use crate::transaction::TransactionId;

/// The table, in the schema that was found under the lock.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) set_name: String,
}

impl Table {
    pub(super) fn new(schema: &str, name: &str, set_name: &str) -> Self {
        Self { schema: schema.into(), name: name.into(), set_name: set_name.into() }
    }

    /// The table's name for SQL and for people.
    pub(crate) fn qualified(&self) -> String {
        format!("{}.{}", identifier(&self.schema), identifier(&self.name))
    }

    pub(crate) fn is_named(&self, schema: Option<&str>, table: Option<&str>) -> bool {
        (schema, table) == (Some(&self.schema), Some(&self.name))
    }

    /// Which row is a migration's.
    pub(super) fn is_row_of(&self, version: i64) -> String {
        format!(
            "set_name OPERATOR(pg_catalog.=) {} AND version OPERATOR(pg_catalog.=) {version}",
            literal(&self.set_name)
        )
    }

    /// The quoted name of the schema.
    pub(crate) fn schema(&self) -> String {
        identifier(&self.schema)
    }

    /// Creates what is absent.
    pub(crate) fn create_sql(&self, found: Found) -> Option<String> {
        match found {
            Found::Table => None,
            Found::Schema => Some(self.create_table_sql()),
            Found::Nothing => {
                Some(format!("CREATE SCHEMA {}; {}", self.schema(), self.create_table_sql()))
            }
        }
    }

    fn create_table_sql(&self) -> String {
        let table = self.qualified();
        format!(
            "CREATE TABLE {table} (\
             set_name pg_catalog.text NOT NULL, \
             version pg_catalog.int8 NOT NULL, \
             name pg_catalog.text NOT NULL, \
             checksum pg_catalog.text NOT NULL, \
             applied_at pg_catalog.timestamptz NOT NULL, \
             duration pg_catalog.interval, \
             applied_by pg_catalog.text NOT NULL, \
             application pg_catalog.text NOT NULL, \
             statements_done pg_catalog.int4, \
             statements_checksum pg_catalog.text, \
             in_flight pg_catalog.text, \
             worker pg_catalog.text, \
             rows_done pg_catalog.int8, \
             PRIMARY KEY (set_name, version)); \
             COMMENT ON TABLE {table} IS 'applied migrations, kept by migrations-runtime'"
        )
    }

    /// Writes the row of a file that begins. The primary key refuses a second writer before any SQL of
    /// the file has run.
    pub(crate) fn begin_sql(&self, task: &Task, application: &str) -> String {
        match task.act {
            Act::Record => self.insert_sql(task, application),
            Act::Renew => self.renew_sql(task, application),
            // What depended on the reverted migration may be gone with it.
            Act::Remove => format!(
                "UPDATE {} SET duration = NULL WHERE set_name OPERATOR(pg_catalog.=) {} \
                 AND version OPERATOR(pg_catalog.<) 0",
                self.qualified(),
                literal(&self.set_name),
            ),
        }
    }

    fn insert_sql(&self, task: &Task, application: &str) -> String {
        format!(
            "INSERT INTO {} \
             (set_name, version, name, checksum, applied_at, applied_by, application) \
             VALUES ({}, {}, {}, {}, pg_catalog.statement_timestamp(), current_user, {})",
            self.qualified(),
            literal(&self.set_name),
            task.row,
            literal(task.file.name()),
            literal(&task.file.checksum().to_string()),
            literal(application),
        )
    }

    fn renew_sql(&self, task: &Task, application: &str) -> String {
        format!(
            "UPDATE {} SET checksum = {}, applied_at = pg_catalog.statement_timestamp(), \
             duration = NULL, applied_by = current_user, application = {} WHERE {}",
            self.qualified(),
            literal(&task.file.checksum().to_string()),
            literal(application),
            self.is_row_of(task.row),
        )
    }

    /// Completes or removes the row, behind the file's SQL. It raises an error, which rolls back what has
    /// not been committed, where the transaction is not the one in which it began; where there is no row;
    /// and where `current_schema()` is another than the one that names the history's place, for the next
    /// start would find none there, and run everything again.
    pub(crate) fn complete_sql(
        &self,
        task: &Task,
        transaction: TransactionId,
        is_current_schema: bool,
    ) -> String {
        let schema_is_kept = if is_current_schema {
            let schema = literal_behind_file(&self.schema);
            format!("pg_catalog.current_schema() OPERATOR(pg_catalog.=) {schema}::pg_catalog.name")
        } else {
            "true".into()
        };
        let [ended, gone, changed, done] =
            [ENDED_TRANSACTION, ROW_IS_GONE, CHANGED_SCHEMA, "1"].map(literal_behind_file);
        format!(
            "WITH completed AS ({} \
             WHERE set_name OPERATOR(pg_catalog.=) {} AND version OPERATOR(pg_catalog.=) {} \
             RETURNING version) \
             SELECT (CASE WHEN pg_catalog.pg_current_xact_id() OPERATOR(pg_catalog.<>) {transaction} \
             THEN {ended} WHEN NOT EXISTS (SELECT FROM completed) THEN {gone} \
             WHEN {schema_is_kept} THEN {done} ELSE {changed} END)::pg_catalog.int8",
            self.write_sql(task.act),
            literal_behind_file(&self.set_name),
            task.row,
        )
    }

    fn write_sql(&self, act: Act) -> String {
        let table = self.qualified();
        match act {
            Act::Record | Act::Renew => format!(
                "UPDATE {table} SET duration = \
                 pg_catalog.timestamptz_mi(pg_catalog.clock_timestamp(), applied_at)"
            ),
            Act::Remove => format!("DELETE FROM {table}"),
        }
    }

    /// Records migrations as applied that were not run.
    pub(crate) fn adopt_sql(&self, migrations: &[&Migration], application: &str) -> String {
        let (set_name, application) = (literal(&self.set_name), literal(application));
        let row = |migration: &&Migration| {
            let (version, name) = (migration.version(), literal(migration.name()));
            let checksum = literal(&migration.checksum().to_string());
            format!(
                "({set_name}, {version}, {name}, {checksum}, pg_catalog.statement_timestamp(), \
                 pg_catalog.make_interval(), current_user, {application})"
            )
        };
        let rows: Vec<_> = migrations.iter().map(row).collect();
        format!(
            "INSERT INTO {} (set_name, version, name, checksum, applied_at, duration, applied_by, \
             application) VALUES {}",
            self.qualified(),
            rows.join(", "),
        )
    }

    /// Gives a row the embedded name and checksum.
    pub(crate) fn restamp_sql(&self, migration: &Migration) -> String {
        format!(
            "UPDATE {} SET name = {}, checksum = {} WHERE {}",
            self.qualified(),
            literal(migration.name()),
            literal(&migration.checksum().to_string()),
            self.is_row_of(migration.version()),
        )
    }

    /// Removes the row of a repeatable object.
    pub(crate) fn forget_sql(&self, name: &str) -> String {
        format!(
            "DELETE FROM {} WHERE set_name OPERATOR(pg_catalog.=) {} \
             AND version OPERATOR(pg_catalog.<) 0 AND name OPERATOR(pg_catalog.=) {}",
            self.qualified(),
            literal(&self.set_name),
            literal(name),
        )
    }
}

/// What the server quotes when it raises the errors of a completion.
pub(crate) const ENDED_TRANSACTION: &str = "migrations_runtime: the file ended its transaction";
pub(crate) const ROW_IS_GONE: &str = "migrations_runtime: there is no row to complete";
pub(crate) const CHANGED_SCHEMA: &str = "migrations_runtime: current_schema() has changed";

/// The table's columns, for people.
pub(crate) const COLUMNS: &str = "set_name, version, name, checksum, applied_at, duration, \
                                  applied_by, application, statements_done, statements_checksum, \
                                  in_flight, worker, rows_done";
