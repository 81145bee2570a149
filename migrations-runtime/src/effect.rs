//! What statements that run outside of a transaction leave in the catalog, and what that tells.

use crate::catalog::{Catalog, State};
use crate::journal::Before;

/// What a statement does, as far as the catalog can tell afterwards whether it is done.
///
/// Names are as the file writes them, without white space and comments, also with a schema and in
/// quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of SQL")]
pub enum Effect {
    /// It can run in a transaction.
    Transactional,
    /// It can run in a transaction, and the statements behind it need what it sets, up to the one with
    /// this number, from 0, which sets the same anew.
    Setting {
        until: Option<u32>,
    },
    /// `CREATE INDEX CONCURRENTLY`, which may leave the name to the server.
    CreateIndex {
        index: Option<&'static str>,
        table: &'static str,
    },
    /// `DROP INDEX CONCURRENTLY`.
    DropIndex {
        index: &'static str,
    },
    /// `REINDEX … CONCURRENTLY` of an index or a table; or of all that a schema or a database has, of
    /// which nobody could tell what it has left from what others have.
    Reindex {
        relation: Option<&'static str>,
    },
    /// `ALTER TABLE … DETACH PARTITION … CONCURRENTLY`.
    DetachPartition {
        table: &'static str,
        partition: &'static str,
    },
    CreateDatabase {
        name: &'static str,
    },
    DropDatabase {
        name: &'static str,
    },
    CreateTablespace {
        name: &'static str,
    },
    DropTablespace {
        name: &'static str,
    },
    /// To run it once more leads to the same.
    Repeatable,
    /// It may commit by itself: `CALL`, a `DO` block that commits, and what takes a name that is written
    /// so that only the server can read it.
    Opaque,
    /// No catalog tells.
    Unknown,
}

/// What to do about a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Run,
    /// It is done.
    Done,
    /// Run this first, and look again.
    Repair(String),
    /// Somebody else has left this index INVALID.
    Refuse(String),
    /// It may be done or not.
    CannotTell,
}

impl Effect {
    /// Decides by what the catalog shows; `before` is what it showed before the statement was begun,
    /// if it was.
    pub(crate) fn decide(self, before: Option<&Before>, catalog: &Catalog) -> Decision {
        let Some(before) = before else {
            return match (self, catalog.state, catalog.half_done.first()) {
                (Self::CreateIndex { .. }, State::HalfDone, Some(name)) => {
                    Decision::Refuse(name.clone())
                }
                _ => Decision::Run,
            };
        };
        match self {
            Self::CreateIndex { .. } => after_create(before, catalog),
            Self::Reindex { .. } => drop_index(catalog).unwrap_or(Decision::Run),
            Self::DetachPartition { table, partition } => match catalog.state {
                State::HalfDone => Decision::Repair(format!(
                    "ALTER TABLE {table} DETACH PARTITION {partition} FINALIZE"
                )),
                _ => after_removal(before, catalog),
            },
            Self::CreateDatabase { .. } | Self::CreateTablespace { .. } => {
                after_create(before, catalog)
            }
            Self::DropIndex { .. } | Self::DropDatabase { .. } | Self::DropTablespace { .. } => {
                after_removal(before, catalog)
            }
            Self::Transactional | Self::Setting { .. } | Self::Repeatable => Decision::Run,
            Self::Opaque | Self::Unknown => Decision::CannotTell,
        }
    }

    /// Whether it is tried again after somebody was in its way.
    pub(crate) fn may_be_tried_again(self) -> bool {
        !matches!(self, Self::Opaque | Self::Unknown)
    }

    /// Whether what is half done of it is removed, and not completed.
    pub(crate) fn is_removed_by_repair(self) -> bool {
        matches!(self, Self::CreateIndex { .. } | Self::Reindex { .. })
    }

    /// Whether it waits without making those wait who read and write the table: its locks conflict
    /// with none of theirs, "Table-Level Locks" (13.3.1) in PostgreSQL's manual. To give up would
    /// throw away what it has built.
    pub(crate) fn waits_in_peace(self) -> bool {
        matches!(self, Self::CreateIndex { .. } | Self::DropIndex { .. } | Self::Reindex { .. })
    }
}

fn after_create(before: &Before, catalog: &Catalog) -> Decision {
    match catalog.state {
        // It was there before, and the server said so, or would have.
        _ if before.was_there => Decision::Run,
        State::Absent => Decision::Run,
        State::Present => Decision::Done,
        State::HalfDone => drop_index(catalog).unwrap_or(Decision::CannotTell),
        State::Ambiguous => Decision::CannotTell,
    }
}

fn after_removal(before: &Before, catalog: &Catalog) -> Decision {
    if before.was_there && catalog.state == State::Absent { Decision::Done } else { Decision::Run }
}

fn drop_index(catalog: &Catalog) -> Option<Decision> {
    let name = catalog.half_done.first()?;
    Some(Decision::Repair(format!("DROP INDEX CONCURRENTLY {name}")))
}

#[cfg(test)]
mod tests {
    use super::{Before, Catalog, Decision, Effect, State};

    const CREATE: Effect = Effect::CreateIndex { index: Some("i"), table: "t" };
    const DROP: Effect = Effect::DropIndex { index: "i" };
    const REINDEX: Effect = Effect::Reindex { relation: None };
    const DETACH: Effect = Effect::DetachPartition { table: "t", partition: "p" };

    fn repair(sql: &str) -> Decision {
        Decision::Repair(sql.into())
    }

    #[test]
    fn the_catalog_decides() {
        use Decision::{CannotTell, Done, Run};
        use State::{Absent, Ambiguous, HalfDone, Present};
        let drop = || repair("DROP INDEX CONCURRENTLY s.i");
        let finalize = || repair("ALTER TABLE t DETACH PARTITION p FINALIZE");
        let database = Effect::CreateDatabase { name: "d" };
        let (was, was_not) = (Some(true), Some(false));
        let cases = [
            (CREATE, None, Absent, Run),
            (CREATE, None, Present, Run),
            (CREATE, None, HalfDone, Decision::Refuse("s.i".into())),
            (CREATE, was_not, Absent, Run),
            (CREATE, was_not, Present, Done),
            (CREATE, was_not, HalfDone, drop()),
            (CREATE, was_not, Ambiguous, CannotTell),
            (CREATE, was, Present, Run),
            (DROP, None, Absent, Run),
            (DROP, None, Present, Run),
            (DROP, was, Absent, Done),
            (DROP, was, Present, Run),
            (DROP, was_not, Absent, Run),
            (REINDEX, None, HalfDone, Run),
            (REINDEX, was_not, HalfDone, drop()),
            (REINDEX, was_not, Absent, Run),
            (DETACH, None, HalfDone, Run),
            (DETACH, was, HalfDone, finalize()),
            (DETACH, was, Absent, Done),
            (DETACH, was, Present, Run),
            (database, was_not, Present, Done),
            (database, was_not, Absent, Run),
            (database, was, Present, Run),
            (Effect::Repeatable, was_not, Absent, Run),
            (Effect::Opaque, None, Absent, Run),
            (Effect::Opaque, was_not, Absent, CannotTell),
            (Effect::Unknown, was_not, Absent, CannotTell),
        ];
        for (effect, was_there, state, expected) in cases {
            let before = was_there.map(|was_there| Before { was_there, oids: Vec::new() });
            let half_done = if state == HalfDone { vec!["s.i".into()] } else { Vec::new() };
            let catalog = Catalog { state, half_done, oids: Vec::new() };
            let decision = effect.decide(before.as_ref(), &catalog);
            assert_eq!(decision, expected, "{effect:?} {before:?} {state:?}");
        }
    }
}
