use std::time::Duration;

use postgres::Client;

use crate::Result;
use crate::sets::Kind;

mod claims;
mod effects;
mod history;
mod leftovers;

pub use claims::Claims;

/// When the checker looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// After the disasters, before a clean start: each effect is there once or not at all.
    Between,
    /// After a clean start: everything is there, and nothing else.
    Finished,
}

/// Compares what is in a database with what is recorded, and looks for what nobody has cleared away.
#[derive(Clone, Debug)]
pub struct Checker {
    /// Which migrations were run.
    pub kind: Kind,
    /// Whether all that ran them had the hook.
    pub is_hooked: bool,
    /// How long sessions whose processes are gone may take to end.
    pub patience: Duration,
}

impl Checker {
    /// Returns what is wrong in the client's database, which should be nothing. The client is a
    /// superuser's.
    ///
    /// # Errors
    ///
    /// The server cannot be asked.
    pub fn check(&self, client: &mut Client, stage: Stage, claims: &Claims) -> Result<Vec<String>> {
        let mut complaints = leftovers::sessions(client, self.patience)?;
        complaints.extend(leftovers::locks(client)?);
        complaints.extend(self.contents(client, stage, claims)?);
        Ok(complaints)
    }

    fn contents(&self, client: &mut Client, stage: Stage, claims: &Claims) -> Result<Vec<String>> {
        let rows = history::read(client)?;
        let mut complaints = history::check(&rows, self.kind, stage);
        complaints.extend(effects::check(client, self.kind, &rows)?);
        complaints.extend(leftovers::indexes(client, stage, &rows)?);
        if self.is_hooked {
            complaints.extend(effects::of_hook(client, self.kind, &rows)?);
        }
        complaints.extend(claims.check(&rows, self.kind));
        Ok(complaints)
    }
}
