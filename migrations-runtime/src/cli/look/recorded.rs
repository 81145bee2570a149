use std::io;

use postgres::Client;
use r2d2::{ManageConnection, Pool};

use crate::cli::console::Console;
use crate::cli::documents;
use crate::cli::failure::Failure;
use crate::cli::output::Found;
use crate::cli::table;
use crate::cli::words::{moment, took};
use crate::recorded::Recorded;
use crate::runner::Runner;

/// What was applied, in that order.
pub(in crate::cli) fn history<M>(runner: &Runner, pool: &Pool<M>) -> Result<History, Failure>
where
    M: ManageConnection<Connection = Client>,
{
    Ok(History { set: runner.name().into(), rows: runner.history(pool)? })
}

pub(in crate::cli) struct History {
    set: String,
    rows: Vec<Recorded>,
}

impl Found for History {
    type Document = documents::Recorded;

    fn document(&self) -> documents::Recorded {
        let history = self.rows.iter().map(Into::into).collect();
        documents::Recorded { set: self.set.clone(), history }
    }

    fn write(&self, console: &mut Console<'_>) -> io::Result<()> {
        if self.rows.is_empty() {
            return writeln!(console.out, "Nothing is recorded");
        }
        let columns = [
            ("APPLIED AT (UTC)", true),
            ("VERSION", true),
            ("NAME", false),
            ("TOOK", true),
            ("BY", false),
            ("APPLICATION", false),
        ];
        table::write(console.out, console.width, &columns, self.rows.iter().map(cells))
    }
}

fn cells(row: &Recorded) -> Vec<String> {
    vec![
        moment(row.applied_at),
        row.version.map_or_else(|| "repeatable".into(), |version| version.to_string()),
        row.name.clone(),
        row.duration.map_or_else(|| "not done".into(), took),
        row.applied_by.clone(),
        row.application.clone(),
    ]
}
