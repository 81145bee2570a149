//! Brings the history in line with what a run tolerates.

use crate::context::Context;
use crate::error::Error;
use crate::history::Table;
use crate::inspect::make_plan;
use crate::locked::with_lock;
use crate::migration::{Checksum, Migration};
use crate::plan::Plan;
use crate::trouble;
use crate::work::Step;

/// What a repair has changed in the history.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Repaired {
    /// Migrations whose rows had the checksum of an older text, and that.
    pub restamped: Vec<(&'static Migration, Checksum)>,
    /// Migrations whose rows had another name, and that.
    pub renamed: Vec<(&'static Migration, String)>,
    /// Repeatable objects whose files are gone: their rows were removed.
    pub forgotten: Vec<String>,
}

pub(crate) fn repair(context: Context<'_>) -> Result<Repaired, Error> {
    with_lock(&context, |locked| {
        let plan = make_plan(&context, &locked.look.records)?;
        let Plan { older_texts: restamped, renamed, removed: forgotten, .. } = plan;
        let repaired = Repaired { restamped, renamed, forgotten };
        let statements = repaired.statements(&locked.here.table);
        if !statements.is_empty() {
            let what = format!("{} rows of the history are to be repaired", statements.len());
            let (place, table) = (&locked.place, &locked.here.table);
            trouble::refuse_without_rights(place, table, &what)?;
            if !repaired.forgotten.is_empty() {
                trouble::refuse_without_delete(place, table, &what)?;
            }
            locked.write(&statements.join("; "))?;
        }
        Ok(Step::Done(repaired))
    })
}

impl Repaired {
    /// One for each row.
    fn statements(&self, table: &Table) -> Vec<String> {
        let Self { restamped, renamed, forgotten } = self;
        let restamped = restamped.iter().map(|(migration, _)| *migration);
        let renamed = renamed.iter().map(|(migration, _)| *migration);
        let mut stale: Vec<_> = restamped.chain(renamed).collect();
        stale.sort_by_key(|migration| migration.version());
        stale.dedup_by_key(|migration| migration.version());
        let stale = stale.into_iter().map(|migration| table.restamp_sql(migration));
        stale.chain(forgotten.iter().map(|name| table.forget_sql(name))).collect()
    }
}
