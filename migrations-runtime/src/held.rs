//! The lock as a run holds it: a session, and the transaction that it is in.

use crate::apply::Apply;
use crate::error::Error;
use crate::lock::{Key, begin_sql, hold_sql, is_locked, try_sql};
use crate::options::Options;
use crate::session::Session;
use crate::transaction::{TransactionId, id_column};
use crate::trouble;

/// The session that holds the lock.
pub(crate) struct Lock {
    pub(crate) session: Session,
    /// The transaction that it is in; without a number where it only holds the lock.
    pub(crate) transaction: Option<TransactionId>,
}

/// Begins a transaction for a migration, tries to take the lock in it, and asks for its number.
pub(crate) fn take_sql(options: &Options, key: Key) -> String {
    format!("{}; {}, {}", begin_sql(options), try_sql(key), id_column())
}

impl Lock {
    /// The transaction for the next migration; nothing if the lock was lost to another runner.
    pub(crate) fn transaction(
        &mut self,
        apply: &Apply<'_>,
    ) -> Result<Option<TransactionId>, Error> {
        if self.transaction.is_none() {
            let message = format!("COMMIT; {}", take_sql(apply.context.options, apply.here.key));
            let rows = self.session.begin(&message).map_err(trouble::locking)?;
            self.transaction = TransactionId::read(&rows).filter(|_| is_locked(&rows));
        }
        Ok(self.transaction)
    }

    /// Holds the lock and nothing else; whether it was not lost to another runner.
    ///
    /// What this transaction has read and created is given back and committed: statements that run
    /// elsewhere may need it.
    pub(crate) fn hold(&mut self, apply: &Apply<'_>) -> Result<bool, Error> {
        if self.transaction.take().is_none() {
            return Ok(true);
        }
        let message = format!("COMMIT; {}", hold_sql(apply.here.key));
        let rows = self.session.begin(&message).map_err(trouble::locking)?;
        Ok(is_locked(&rows))
    }
}
