use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::plan::Plan;

/// Keeps what a round has left that went wrong: its plan, what is wrong, and the logs of its processes
/// and of the server.
pub(crate) fn keep(
    directory: &Path,
    plan: &Plan,
    problem: &str,
    logs: &Path,
    server_log: &str,
) -> Result<PathBuf> {
    let kept = directory.join(format!("{}-{}", plan.kind, plan.seed));
    fs::create_dir_all(&kept)?;
    fs::write(kept.join("plan"), format!("{plan}\n\n{problem}\n"))?;
    fs::write(kept.join("server.log"), server_log)?;
    for entry in fs::read_dir(logs)? {
        let entry = entry?;
        fs::copy(entry.path(), kept.join(entry.file_name()))?;
    }
    Ok(kept)
}
