//! Asks the catalog what became of a statement that ran outside of a transaction.

use postgres::SimpleQueryRow;

use crate::effect::Effect;
use crate::journal::Before;
use crate::session::field;
use crate::sql::literal;

/// What the catalog shows of what a statement makes, removes or leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Catalog {
    pub(crate) state: State,
    /// What is half done, as quoted names with their schemas.
    pub(crate) half_done: Vec<String>,
    /// The numbers of objects to tell new ones from.
    pub(crate) oids: Vec<u32>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum State {
    #[default]
    Absent,
    Present,
    /// An index that was not built to its end, or a partition that was not detached to its end.
    HalfDone,
    /// More than one thing may be what was made.
    Ambiguous,
}

impl Catalog {
    /// Reads the answer. What is looked for by its number only is not there before it is made.
    pub(crate) fn read(effect: Effect, before: Option<&Before>, rows: &[SimpleQueryRow]) -> Self {
        let states: Vec<_> = rows.iter().filter_map(|row| field(row, "state")).collect();
        let of = |column| rows.iter().filter_map(move |row| field(row, column));
        let is_half = |row: &&SimpleQueryRow| field(row, "state") == Some("half");
        let half_done = rows.iter().filter(is_half).filter_map(|row| field(row, "name"));
        Self {
            state: match states[..] {
                _ if effect.has_no_name() && before.is_none() => State::Absent,
                [] => State::Absent,
                ["there"] => State::Present,
                ["half"] => State::HalfDone,
                _ if matches!(effect, Effect::Reindex { .. }) => State::HalfDone,
                _ => State::Ambiguous,
            },
            half_done: half_done.map(Into::into).collect(),
            oids: of("oid").filter_map(|oid| oid.parse().ok()).collect(),
        }
    }

    /// What is to be kept of it, to compare with later.
    pub(crate) fn before(&self) -> Before {
        Before { was_there: self.state == State::Present, oids: self.oids.clone() }
    }
}

impl Effect {
    fn has_no_name(self) -> bool {
        matches!(self, Self::CreateIndex { index: None, .. } | Self::Reindex { .. })
    }

    /// Asks the catalog; nothing where it cannot tell. `before` are the objects that were there.
    ///
    /// What is removed is looked for by its number, once that is known: its name may be found in another
    /// schema of the search path when it is gone.
    pub(crate) fn catalog_sql(self, before: &[u32]) -> Option<String> {
        Some(match self {
            Self::CreateIndex { index: Some(index), table } => {
                let is_it = format!("c.relname OPERATOR(pg_catalog.=) {}", name(index));
                indexes(&format!("{} AND {is_it}", is_of_table(table)))
            }
            Self::CreateIndex { index: None, table } => {
                indexes(&format!("{} AND {}", is_of_table(table), is_new(before)))
            }
            Self::Reindex { relation: Some(relation) } => {
                let (is_new, is_of) = (is_new(before), is_of_relation(relation));
                indexes(&format!("{TRANSIENT} AND {is_new} AND {is_of}"))
            }
            Self::DropIndex { index } => format!(
                "SELECT 'there' AS state, c.oid AS oid FROM pg_catalog.pg_class c \
                 WHERE c.oid OPERATOR(pg_catalog.=) {}",
                number_of(index, before)
            ),
            Self::DetachPartition { table, partition } => format!(
                "SELECT CASE WHEN i.inhdetachpending THEN 'half' ELSE 'there' END AS state, \
                 i.inhrelid AS oid FROM pg_catalog.pg_inherits i \
                 WHERE i.inhrelid OPERATOR(pg_catalog.=) {} \
                 AND i.inhparent OPERATOR(pg_catalog.=) {}",
                number_of(partition, before),
                relation(table),
            ),
            Self::CreateDatabase { name: database } | Self::DropDatabase { name: database } => {
                there_if(&format!(
                    "EXISTS (SELECT FROM pg_catalog.pg_database d \
                     WHERE d.datname OPERATOR(pg_catalog.=) {})",
                    name(database)
                ))
            }
            Self::CreateTablespace { name: space } | Self::DropTablespace { name: space } => {
                there_if(&format!(
                    "EXISTS (SELECT FROM pg_catalog.pg_tablespace t \
                     WHERE t.spcname OPERATOR(pg_catalog.=) {})",
                    name(space)
                ))
            }
            _ => return None,
        })
    }
}

/// The indexes that `REINDEX CONCURRENTLY` makes and removes, of those that the role may drop: "REINDEX"
/// in PostgreSQL's manual.
const TRANSIENT: &str = "NOT i.indisvalid \
    AND c.relname OPERATOR(pg_catalog.~) '_cc(new|old)[0-9]*$' \
    AND pg_catalog.pg_has_role(c.relowner, 'USAGE') \
    AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')";

/// Of a partitioned table there are no indexes that are built concurrently.
fn is_of_table(table: &str) -> String {
    format!(
        "i.indrelid OPERATOR(pg_catalog.=) {} \
         AND c.relkind OPERATOR(pg_catalog.=) 'i'::pg_catalog.\"char\"",
        relation(table)
    )
}

fn is_new(before: &[u32]) -> String {
    let old: Vec<_> = before.iter().map(ToString::to_string).collect();
    format!("c.oid OPERATOR(pg_catalog.<>) ALL (ARRAY[{}]::pg_catalog.oid[])", old.join(", "))
}

/// Whether an index is of this table, or of that of this index; of their partitions; or of what
/// these keep their long values in.
fn is_of_relation(name: &str) -> String {
    let name = relation(name);
    format!(
        "i.indrelid OPERATOR(pg_catalog.=) ANY (WITH named AS (SELECT {name}::pg_catalog.oid AS oid \
         UNION SELECT p.relid::pg_catalog.oid FROM pg_catalog.pg_partition_tree({name}) p), \
         tables AS (SELECT oid FROM named UNION SELECT x.indrelid FROM pg_catalog.pg_index x \
         JOIN named ON named.oid OPERATOR(pg_catalog.=) x.indexrelid) \
         SELECT oid FROM tables UNION SELECT t.reltoastrelid FROM pg_catalog.pg_class t \
         JOIN tables ON tables.oid OPERATOR(pg_catalog.=) t.oid)"
    )
}

/// The number of a relation, or the one that it had before.
fn number_of(name: &str, before: &[u32]) -> String {
    match before {
        [oid, ..] => format!("{oid}::pg_catalog.oid"),
        [] => relation(name),
    }
}

fn indexes(which: &str) -> String {
    format!(
        "SELECT CASE WHEN i.indisvalid THEN 'there' ELSE 'half' END AS state, c.oid AS oid, \
         pg_catalog.format('%I.%I', n.nspname, c.relname) AS name FROM pg_catalog.pg_index i \
         JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
         WHERE {which}"
    )
}

fn there_if(condition: &str) -> String {
    format!("SELECT 'there' AS state WHERE {condition}")
}

/// A relation as the session finds it.
fn relation(name: &str) -> String {
    format!("pg_catalog.to_regclass({})", literal(name))
}

/// The last part of a name, folded and without quotes as the server does.
fn name(name: &str) -> String {
    format!(
        "(SELECT p.parts[pg_catalog.array_upper(p.parts, 1)]::pg_catalog.name \
         FROM pg_catalog.parse_ident({}) p (parts))",
        literal(name)
    )
}
