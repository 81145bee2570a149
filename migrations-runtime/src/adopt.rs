//! Takes over a database whose objects are there already.

use crate::context::Context;
use crate::error::Error;
use crate::inspect::make_plan;
use crate::locked::with_lock;
use crate::migration::Migration;
use crate::trouble;
use crate::work::{Step, create};

/// Records the migrations up to a version as applied; those that it has recorded.
pub(crate) fn adopt(context: Context<'_>, version: i64) -> Result<Vec<&'static Migration>, Error> {
    let list = context.migrations.list();
    let count = list.partition_point(|migration| migration.version() <= version);
    let adopted: Vec<_> = list[..count].iter().collect();
    if adopted.last().is_none_or(|last| last.version() != version) {
        return Err(Error::not_embedded(version));
    }
    with_lock(&context, |mut locked| {
        let rows = locked.look.records.iter().map(|record| &record.row);
        let recorded: Vec<_> = rows.filter(|row| !row.is_repeatable()).collect();
        if !recorded.is_empty() {
            let mut versions: Vec<_> = recorded.iter().map(|row| row.version).collect();
            versions.sort_unstable();
            let is_same = versions.iter().copied().eq(adopted.iter().map(|it| it.version()));
            let is_done = is_same && recorded.iter().all(|row| row.finished);
            if !is_done {
                return Err(trouble::has_history());
            }
            return make_plan(&context, &locked.look.records).map(|_| Step::Done(Vec::new()));
        }
        let what = format!("{} migrations are to be recorded", adopted.len());
        trouble::refuse_without_rights(&locked.place, &locked.here.table, &what)?;
        create(&mut locked.session, &locked.here.table, &locked.place)?;
        let sql = locked.here.table.adopt_sql(&adopted, context.migrations.application());
        locked.write(&sql)?;
        Ok(Step::Done(adopted.clone()))
    })
}
