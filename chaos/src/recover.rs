use std::path::Path;
use std::time::{Duration, Instant};

use migrations_runtime::Resolve;
use postgres::Client;

use crate::Result;
use crate::child::{Child, End, Task};
use crate::database::Database;
use crate::migrate::{pool, runner};
use crate::plan::Action;
use crate::server::Server;
use crate::sets::{Kind, Of};

const PATIENCE: Duration = Duration::from_secs(60);
/// In the sets, one statement can be in doubt, and a clean start brings no new doubt.
const MOST_DOUBTS: u32 = 1;

/// What it took to bring everything in order.
#[derive(Debug, Default)]
pub(crate) struct Recovery {
    pub(crate) took: Duration,
    /// How often a start said that somebody must look.
    pub(crate) doubts: u32,
    pub(crate) ends: Vec<End>,
    pub(crate) complaints: Vec<String>,
}

/// Starts once more, with nobody to disturb it, and does what its errors ask for.
pub(crate) fn recover(
    program: &Path,
    logs: &Path,
    server: &Server,
    database: &Database,
    (kind, is_hooked): (Kind, bool),
) -> Result<Recovery> {
    let (began, url) = (Instant::now(), database.url(server)?);
    let mut recovery = Recovery::default();
    let task = Task { program, url: &url, kind, action: Action::Up, is_hooked };
    loop {
        let name = format!("clean-start-{}", recovery.ends.len());
        let Some(end) = Child::spawn(&task, logs, &name)?.end(Instant::now() + PATIENCE)? else {
            recovery.complaints.push("a clean start does not end".into());
            break;
        };
        let (code, doubt, log) = (end.code, end.doubt, end.log.clone());
        recovery.ends.push(end);
        match (code, doubt) {
            (Some(0), _) => break,
            (Some(1), Some(version)) if recovery.doubts < MOST_DOUBTS => {
                recovery.doubts += 1;
                let found = look(&mut database.client(server)?, &url, kind, version)?;
                recovery.complaints.extend(found);
            }
            _ => {
                recovery.complaints.push(format!("a clean start fails:\n{log}"));
                break;
            }
        }
    }
    recovery.took = began.elapsed();
    Ok(recovery)
}

/// Does what the error of a statement in doubt says: looks whether it is done, clears away what it has
/// half done, and tells the history.
fn look(client: &mut Client, url: &str, kind: Kind, version: i64) -> Result<Option<String>> {
    let sql = "SELECT coalesce(statements_done, 0) + 1 FROM embedded_migrations WHERE version = $1";
    let statement: i32 = client.query_one(sql, &[&version])?.get(0);
    let is_opaque = kind == Kind::NoTransaction && (version, statement) == (6, 1);
    let mut probes = kind.probes().iter();
    let probe = probes.find(|it| it.version == version && it.of == Of::Statement(statement));
    let Some(probe) = probe.filter(|_| is_opaque) else {
        return Ok(Some(format!("statement {statement} of {version} is in doubt needlessly")));
    };
    let count: i64 = client.query_one(probe.sql, &[])?.get(0);
    let how = if count == probe.once {
        Resolve::Done
    } else {
        client.batch_execute("DELETE FROM ledger WHERE version = 6 AND statement < 3")?;
        Resolve::Retry
    };
    let resolved = runner(kind).resolve(version, how, &pool(url)?);
    Ok(resolved.err().map(|error| format!("`resolve` fails: {error}")))
}
