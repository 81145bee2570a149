use std::path::Path;
use std::time::{Duration, Instant};

use crate::Result;
use crate::child::{Child, Task};
use crate::database::Database;
use crate::plan::Action;
use crate::server::Server;
use crate::sets::Kind;

const RUNS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a process takes that nobody disturbs: the median of three.
pub(crate) fn undisturbed(
    program: &Path,
    logs: &Path,
    server: &Server,
    kind: Kind,
) -> Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let database = Database::create(server, "undisturbed")?;
        let url = database.url(server)?;
        let task = Task { program, url: &url, kind, action: Action::Up, is_hooked: false };
        let began = Instant::now();
        match Child::spawn(&task, logs, "undisturbed")?.end(began + PATIENCE)? {
            Some(end) if end.code == Some(0) => times.push(began.elapsed()),
            end => return Err(format!("a run that nobody disturbs fails: {end:?}").into()),
        }
        database.drop(server)?;
    }
    times.sort();
    Ok(times[RUNS / 2])
}
