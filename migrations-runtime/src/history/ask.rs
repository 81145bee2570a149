//! The one question of a start, and its answer.

use postgres::SimpleQueryRow;
use postgres::error::SqlState;

use crate::history::History;
use crate::migrations::Migrations;
use crate::session::field;
use crate::sql::{identifier, literal, name};

/// The number of `pg_class`, which the server's own code fixes: `RelationRelationId` in
/// `src/include/catalog/pg_class.h`.
const PG_CLASS: u32 = 1259;

/// What the one question of a start is answered with.
#[derive(Debug)]
pub(crate) enum Asked {
    /// All that is embedded is recorded; so are these newer migrations.
    Current(Vec<(i64, String)>),
    /// Others are recorded than are embedded. Only the rows tell whether something is pending.
    Others,
    /// Fewer are recorded than are embedded, or nothing: something is pending.
    Fewer,
    /// The set is recorded in this schema, which is not where it belongs.
    Elsewhere(String),
}

impl History {
    /// Asks whether the recorded set equals the embedded one: the server computes the digest that
    /// the macro embedded, over the rows up to the newest embedded version, so that the answer does
    /// not grow with them. The rows of a newer binary are named.
    ///
    /// It is the first question of a new session, which looks up every table, function and operator in
    /// the catalog: there are as few of them as can be, no join, and an order only where the digest
    /// depends on it.
    pub(crate) fn ask_sql(&self, migrations: &Migrations) -> String {
        let newest = migrations.newest_version();
        let table = identifier(&self.table);
        let from = match &self.schema {
            Some(schema) => format!("{}.{table}", identifier(schema)),
            None => table,
        };
        let set_name = literal(&self.set_name);
        let schema = self.schema_sql();
        let oid = literal(&from);
        let order = digest_order(migrations);
        // How many there are would be a longer answer where there are more.
        let embedded = migrations.list().len() + migrations.repeatables().len();
        let all_but_one = embedded.cast_signed() - 1;
        format!(
            "SELECT pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(COALESCE(\
             pg_catalog.string_agg(pg_catalog.concat_ws(' ', \
             CASE WHEN version OPERATOR(pg_catalog.>) -1 THEN version END, name, checksum), \
             '\n' ORDER BY {order}) \
             FILTER (WHERE NOT version OPERATOR(pg_catalog.>) {newest} AND duration IS NOT NULL), ''), \
             'UTF8')), 'hex') AS digest, \
             pg_catalog.string_agg(pg_catalog.concat_ws(' ', version, name), '\n') \
             FILTER (WHERE version OPERATOR(pg_catalog.>) {newest}) AS newer, \
             pg_catalog.count(*) OPERATOR(pg_catalog.>) 0 AS are_some, \
             pg_catalog.count(*) OPERATOR(pg_catalog.>) {all_but_one} AS are_enough, \
             {schema} AS wanted, \
             (pg_catalog.pg_identify_object({PG_CLASS}, {oid}::pg_catalog.regclass, 0)).schema AS found \
             FROM {from} WHERE set_name OPERATOR(pg_catalog.=) {set_name}"
        )
    }

    /// Reads the answer. That there is no such table is one, and so is that it is locked: who waits
    /// for it may do so later, with a deadline.
    pub(crate) fn asked(
        answer: Result<Vec<SimpleQueryRow>, postgres::Error>,
        migrations: &Migrations,
    ) -> Result<Asked, postgres::Error> {
        let no_answer = [SqlState::UNDEFINED_TABLE, SqlState::LOCK_NOT_AVAILABLE];
        match answer {
            Err(error) if error.code().is_some_and(|code| no_answer.contains(code)) => {
                Ok(Asked::Fewer)
            }
            answer => Ok(answer?.first().map_or(Asked::Fewer, |row| Asked::read(row, migrations))),
        }
    }
}

/// The order in which the macro has digested them: the migrations by version, then the repeatable
/// objects by name. Where none of these is embedded, one that is recorded makes another digest in any
/// order.
///
/// `USING` spares the server the search for the operator.
fn digest_order(migrations: &Migrations) -> &'static str {
    if migrations.repeatables().len() == 0 {
        "version USING OPERATOR(pg_catalog.<)"
    } else {
        "GREATEST(version, -1), name COLLATE pg_catalog.\"C\""
    }
}

impl Asked {
    fn read(row: &SimpleQueryRow, migrations: &Migrations) -> Self {
        let is = |column| field(row, column) == Some("t");
        let found = field(row, "found").map(name);
        if found.as_deref() != field(row, "wanted") {
            found.filter(|_| is("are_some")).map_or(Self::Fewer, Self::Elsewhere)
        } else if field(row, "digest") == Some(migrations.digest()) {
            Self::Current(newer(row))
        } else if is("are_enough") || field(row, "newer").is_some() {
            Self::Others
        } else {
            Self::Fewer
        }
    }
}

fn newer(row: &SimpleQueryRow) -> Vec<(i64, String)> {
    let line =
        |line: &str| line.split_once(' ').map(|(v, n)| (v.parse().unwrap_or(i64::MAX), n.into()));
    let mut newer = Vec::new();
    // They are few: a binary that sorted them would be larger, and no faster.
    for this in field(row, "newer").into_iter().flat_map(str::lines).filter_map(line) {
        newer.insert(newer.partition_point(|other| *other < this), this);
    }
    newer
}
