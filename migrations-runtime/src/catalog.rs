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
                _ if effect == Effect::Reindex => State::HalfDone,
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
        matches!(self, Self::CreateIndex { index: None, .. } | Self::Reindex)
    }

    /// Asks the catalog; nothing where it cannot tell. `before` are the objects that were there.
    pub(crate) fn catalog_sql(self, before: &[u32]) -> Option<String> {
        let old: Vec<_> = before.iter().map(ToString::to_string).collect();
        let old = format!("ARRAY[{}]::pg_catalog.oid[]", old.join(", "));
        Some(match self {
            Self::CreateIndex { index, table } => {
                let is_it = match index {
                    Some(index) => format!("c.relname OPERATOR(pg_catalog.=) {}", name(index)),
                    None => format!("c.oid OPERATOR(pg_catalog.<>) ALL ({old})"),
                };
                indexes(&format!(
                    "i.indrelid OPERATOR(pg_catalog.=) {} AND {is_it} \
                     AND c.relkind OPERATOR(pg_catalog.=) 'i'::pg_catalog.\"char\"",
                    relation(table)
                ))
            }
            Self::Reindex => indexes(&format!(
                "NOT i.indisvalid AND c.relname OPERATOR(pg_catalog.~) '_cc(new|old)[0-9]*$' \
                 AND c.oid OPERATOR(pg_catalog.<>) ALL ({old})"
            )),
            Self::DropIndex { index } => there_if(&format!("{} IS NOT NULL", relation(index))),
            Self::DetachPartition { table, partition } => format!(
                "SELECT CASE WHEN i.inhdetachpending THEN 'half' ELSE 'there' END AS state \
                 FROM pg_catalog.pg_inherits i WHERE i.inhrelid OPERATOR(pg_catalog.=) {} \
                 AND i.inhparent OPERATOR(pg_catalog.=) {}",
                relation(partition),
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
