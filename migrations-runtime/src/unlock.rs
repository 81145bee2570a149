//! Ends the session that holds the lock.

use crate::context::Context;
use crate::error::Error;
use crate::lock::Holder;
use crate::session::field;
use crate::trouble;

/// The holder is looked for and ended in one statement, so that it cannot be another one by then. One
/// that has ended by itself since is nobody's.
pub(crate) fn terminate(context: Context<'_>) -> Result<Option<Holder>, Error> {
    let mut session = context.session()?;
    let here = context.here(&mut session)?;
    let rows = session.query(&here.key.terminate_sql()).map_err(trouble::unlocking)?;
    let is_ended = rows.iter().any(|row| field(row, "ended") == Some("t"));
    Ok(Holder::read(&rows).filter(|_| is_ended))
}
