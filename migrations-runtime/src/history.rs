//! The only file that knows the SQL of the history table.

use std::time::Duration;

use postgres::SimpleQueryRow;
use postgres::error::SqlState;

use crate::migration::Migration;
use crate::migrations::Migrations;
use crate::plan::Row;
use crate::report::Other;
use crate::session::field;
use crate::sql::{identifier, literal, literal_behind_file};

/// Which rows of which table, as the options name them.
#[derive(Clone, Debug)]
pub(crate) struct History {
    /// The schema; without one it is the session's `current_schema()`.
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    pub(crate) set_name: String,
}

/// The table, in the schema that was found under the lock.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    schema: String,
    name: String,
    set_name: String,
}

/// What the one question of a start is answered with.
#[derive(Debug)]
pub(crate) enum Asked {
    /// All that is embedded is recorded; so are these newer migrations.
    Current(Vec<(i64, String)>),
    /// Something else is recorded, or nothing.
    Different,
}

/// What stands in the database where the table should be.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) found: Found,
    /// Whether the role may write the table, or create it where it is absent.
    pub(crate) may_write: bool,
    pub(crate) read_only: bool,
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

/// A row of the set, and who wrote it when.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) row: Row,
    /// Whether it was finished since the run began.
    pub(crate) meanwhile: bool,
    pub(crate) applied_by: String,
    pub(crate) application: String,
}

impl History {
    pub(crate) fn table(&self, schema: &str) -> Table {
        let (schema, name) = (schema.into(), self.table.clone());
        Table { schema, name, set_name: self.set_name.clone() }
    }

    /// Asks whether the recorded set equals the embedded one: the server computes the digest that
    /// the macro embedded, over the rows up to the newest embedded version, so that the answer does
    /// not grow with them. The rows of a newer binary are named.
    pub(crate) fn ask_sql(&self, newest: i64) -> String {
        let table = identifier(&self.table);
        let from = match &self.schema {
            Some(schema) => format!("{}.{table}", identifier(schema)),
            None => table,
        };
        let set_name = literal(&self.set_name);
        let schema = match &self.schema {
            Some(schema) => format!("{}::pg_catalog.name", literal(schema)),
            None => "pg_catalog.current_schema()".into(),
        };
        let oid = literal(&from);
        format!(
            "SELECT pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(COALESCE(\
             pg_catalog.string_agg(pg_catalog.concat_ws(' ', version, name, checksum), \
             pg_catalog.chr(10) ORDER BY version) \
             FILTER (WHERE version OPERATOR(pg_catalog.<=) {newest}), ''), 'UTF8')), 'hex') \
             AS digest, pg_catalog.string_agg(pg_catalog.concat_ws(' ', version, name), \
             pg_catalog.chr(10) ORDER BY version) \
             FILTER (WHERE version OPERATOR(pg_catalog.>) {newest}) AS newer, \
             (SELECT n.nspname OPERATOR(pg_catalog.=) {schema} FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
             WHERE c.oid OPERATOR(pg_catalog.=) {oid}::pg_catalog.regclass) AS here \
             FROM {from} \
             WHERE set_name OPERATOR(pg_catalog.=) {set_name} AND duration IS NOT NULL"
        )
    }

    /// Reads the answer; no such table is an answer, too.
    pub(crate) fn asked(
        answer: Result<Vec<SimpleQueryRow>, postgres::Error>,
        migrations: &Migrations,
    ) -> Result<Asked, postgres::Error> {
        let rows = match answer {
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => vec![],
            answer => answer?,
        };
        let same = |row: &&SimpleQueryRow| {
            field(row, "here") == Some("t") && field(row, "digest") == Some(migrations.digest())
        };
        Ok(rows.iter().find(same).map_or(Asked::Different, |row| Asked::Current(newer(row))))
    }
}

fn newer(row: &SimpleQueryRow) -> Vec<(i64, String)> {
    let line =
        |line: &str| line.split_once(' ').map(|(v, n)| (v.parse().unwrap_or(i64::MAX), n.into()));
    field(row, "newer").into_iter().flat_map(str::lines).filter_map(line).collect()
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
            may_write: field(row, "may_write") == Some("t"),
            read_only: field(row, "read_only") == Some("on"),
            has_begun: field(row, "has_begun") == Some("t"),
            role: field(row, "role").unwrap_or_default().into(),
        })
    }
}

impl Table {
    /// The table's name for SQL and for people.
    pub(crate) fn qualified(&self) -> String {
        format!("{}.{}", identifier(&self.schema), identifier(&self.name))
    }

    pub(crate) fn is_named(&self, schema: Option<&str>, table: Option<&str>) -> bool {
        (schema, table) == (Some(&self.schema), Some(&self.name))
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
             PRIMARY KEY (set_name, version)); \
             COMMENT ON TABLE {table} IS 'applied migrations, kept by migrations-runtime'"
        )
    }

    /// Tells what stands where the table should be. It is sent as a statement of its own behind the
    /// one that takes the lock: only then does its snapshot see what the last holder committed.
    pub(crate) fn place_sql(&self) -> String {
        let (schema, table) = (literal(&self.schema), literal(&self.name));
        format!(
            "SELECT CASE WHEN c.oid IS NOT NULL THEN 'table' \
             WHEN n.oid IS NOT NULL THEN 'schema' ELSE 'nothing' END AS found, \
             CASE WHEN c.oid IS NOT NULL THEN pg_catalog.has_table_privilege(c.oid, 'SELECT') \
             AND pg_catalog.has_table_privilege(c.oid, 'INSERT') \
             AND pg_catalog.has_table_privilege(c.oid, 'UPDATE') \
             WHEN n.oid IS NOT NULL THEN pg_catalog.has_schema_privilege(n.oid, 'CREATE') \
             ELSE pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') \
             END AS may_write, \
             pg_catalog.current_setting('transaction_read_only') AS read_only, \
             pg_catalog.transaction_timestamp() OPERATOR(pg_catalog.=) \
             pg_catalog.statement_timestamp() AS has_begun, \
             current_user AS role \
             FROM (SELECT {schema}::pg_catalog.name AS schema) p \
             LEFT JOIN pg_catalog.pg_namespace n ON n.nspname OPERATOR(pg_catalog.=) p.schema \
             LEFT JOIN pg_catalog.pg_class c ON c.relnamespace OPERATOR(pg_catalog.=) n.oid \
             AND c.relname OPERATOR(pg_catalog.=) {table}"
        )
    }

    /// Reads the rows of the set; those that were finished less than `elapsed` ago were finished
    /// by others while this run waited.
    pub(crate) fn rows_sql(&self, elapsed: Duration) -> String {
        let (table, set_name) = (self.qualified(), literal(&self.set_name));
        let seconds = elapsed.as_secs_f64();
        format!(
            "SELECT version, name, checksum, duration IS NOT NULL AS finished, applied_by, \
             application, pg_catalog.timestamptz_ge(\
             pg_catalog.timestamptz_pl_interval(applied_at, duration), \
             pg_catalog.timestamptz_mi_interval(pg_catalog.clock_timestamp(), \
             pg_catalog.make_interval(secs => {seconds}))) AS meanwhile \
             FROM {table} WHERE set_name OPERATOR(pg_catalog.=) {set_name}"
        )
    }

    /// Writes the row of a migration that begins. The primary key refuses a second writer before
    /// any SQL of the file has run.
    pub(crate) fn insert_sql(&self, migration: &Migration, application: &str) -> String {
        format!(
            "INSERT INTO {} \
             (set_name, version, name, checksum, applied_at, applied_by, application) \
             VALUES ({}, {}, {}, {}, pg_catalog.statement_timestamp(), current_user, {})",
            self.qualified(),
            literal(&self.set_name),
            migration.version(),
            literal(migration.name()),
            literal(&migration.checksum().to_string()),
            literal(application),
        )
    }

    /// Completes the row, behind the file's SQL. It finds the row only in the transaction that wrote
    /// it: where the file ended that one, nothing is returned.
    pub(crate) fn complete_sql(&self, migration: &Migration) -> String {
        format!(
            "UPDATE {} SET duration = pg_catalog.timestamptz_mi(\
             pg_catalog.clock_timestamp(), applied_at) \
             WHERE set_name OPERATOR(pg_catalog.=) {} AND version OPERATOR(pg_catalog.=) {} \
             AND xmin OPERATOR(pg_catalog.=) pg_catalog.pg_current_xact_id()::pg_catalog.xid \
             RETURNING version AS {COMPLETED}",
            self.qualified(),
            literal_behind_file(&self.set_name),
            migration.version(),
        )
    }
}

/// The table's columns, for people.
pub(crate) const COLUMNS: &str =
    "set_name, version, name, checksum, applied_at, duration, applied_by, application";

const COMPLETED: &str = "migrations_runtime_completed";

/// Whether one of the rows is that of a completed migration.
pub(crate) fn is_completed(rows: &[SimpleQueryRow]) -> bool {
    rows.iter().any(|row| field(row, COMPLETED).is_some())
}

impl Record {
    /// Reads the rows of the set; an error names what is no row of ours.
    pub(crate) fn read_all(rows: &[SimpleQueryRow]) -> Result<Vec<Self>, String> {
        rows.iter().filter(|row| field(row, "finished").is_some()).map(Self::read).collect()
    }

    fn read(row: &SimpleQueryRow) -> Result<Self, String> {
        let text = |column| field(row, column).unwrap_or_default().to_owned();
        let version = text("version");
        let row_of = Row {
            version: version.parse().map_err(|_| version)?,
            name: text("name"),
            checksum: text("checksum"),
            finished: text("finished") == "t",
        };
        Ok(Self {
            row: row_of,
            meanwhile: text("meanwhile") == "t",
            applied_by: text("applied_by"),
            application: text("application"),
        })
    }

    /// Who applied it.
    pub(crate) fn other(&self) -> Other {
        Other::new(self.row.version, &self.row.name, &self.applied_by, &self.application)
    }
}
