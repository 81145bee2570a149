//! Hooks of a migration whose statements run one by one: in the transactions that begin and complete its
//! row.

use postgres::Client;

use super::{Halt, Outside};
use crate::apply::Then;
use crate::cause::Cause;
use crate::failure::LeftOfStatement;
use crate::hooks::{Hooks, Objection, Standing};
use crate::lock::begin_sql;
use crate::migration::Migration;
use crate::transaction::{TransactionId, id_sql};
use crate::trouble;

/// Hooks, by the name of which they are, and what calls them.
pub(super) type Call =
    (&'static str, fn(&Hooks, &mut Client, &'static Migration, Standing) -> Result<(), Objection>);

impl Outside<'_, '_> {
    /// Writes to the row, and calls hooks in the same transaction.
    pub(super) fn write_with_hooks(&mut self, sql: &str, (which, call): Call) -> Result<(), Halt> {
        let options = self.run.context.options;
        if options.hooks.are_none() {
            return self.write(sql);
        }
        let message = format!("{}; {}; {sql}; {}", begin_sql(options), self.own(), id_sql());
        let begun = self.session.begin(&message).map_err(|error| self.not_written(error))?;
        let transaction =
            TransactionId::read(&begun).ok_or_else(|| Halt::from(trouble::no_transaction()))?;
        let standing = self.run.standing(Then::Lock, self.rest);
        let called = call(&options.hooks, self.session.client(), self.migration, standing);
        let left =
            called.and_then(|()| Objection::unless_in(&mut self.session, transaction, which));
        if let Err(objection) = left {
            let _ = self.session.end("ROLLBACK");
            return Err(self.fail(Cause::Objected(objection), LeftOfStatement::Nothing));
        }
        self.session.end("COMMIT").map(drop).map_err(|error| self.not_written(error))
    }
}
