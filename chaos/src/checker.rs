use std::time::Duration;

use postgres::Client;

use crate::Result;
use crate::database::Database;
use crate::server::Server;
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
    /// Returns what is wrong, which should be nothing.
    ///
    /// # Errors
    ///
    /// The server cannot be asked.
    pub fn check(
        &self,
        server: &Server,
        database: &Database,
        stage: Stage,
        claims: &Claims,
    ) -> Result<Vec<String>> {
        let mut client = database.client(server)?;
        let mut complaints = leftovers::sessions(&mut client, self.patience)?;
        complaints.extend(leftovers::locks(&mut client)?);
        complaints.extend(self.contents(&mut client, stage, claims)?);
        Ok(complaints)
    }

    fn contents(
        &self,
        client: &mut Client,
        stage: Stage,
        claims: &Claims,
    ) -> Result<Vec<String>> {
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
