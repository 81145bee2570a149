//! Running PostgreSQL's programs in an environment that does not depend on the caller's.

use crate::error::Error;
use crate::identity::Identity;
use std::env;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// A command that runs as the server's user, in `directory`, with English messages.
pub(crate) fn new(program: &Path, directory: &Path, identity: Identity) -> Command {
    let mut command = Command::new(program);
    // A group of its own, so that Ctrl-C in the terminal reaches only us.
    command.current_dir(directory).stdin(Stdio::null()).process_group(0);
    for (name, _) in env::vars_os() {
        if steers_postgres(&name.to_string_lossy()) {
            command.env_remove(name);
        }
    }
    command.env("LC_ALL", "C").env("TZ", "UTC");
    identity.assume(&mut command);
    command
}

/// Runs to the end; what the program said is part of the error.
pub(crate) fn run(mut command: Command) -> Result<(), Error> {
    let program = Path::new(command.get_program()).to_path_buf();
    let output = command.output().map_err(Error::io("run, as the server's user,", &program))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::other(format!(
        "`{}` failed ({}):\n{}{}",
        program.display(),
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr).trim_end(),
    )))
}

fn steers_postgres(variable: &str) -> bool {
    variable.starts_with("PG") || variable.starts_with("LC_") || variable.starts_with("LANG")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_callers_postgres_and_locale_variables_do_not_count() {
        for name in ["PGDATA", "PGOPTIONS", "LC_MESSAGES", "LANG", "LANGUAGE"] {
            assert!(steers_postgres(name), "{name}");
        }
        for name in ["PATH", "HOME", "LD_LIBRARY_PATH"] {
            assert!(!steers_postgres(name), "{name}");
        }
    }

    #[test]
    fn a_failure_carries_what_the_program_said() {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "echo to stdout; echo to stderr >&2; exit 3"]);
        let message = run(command).unwrap_err().to_string();
        for part in ["/bin/sh", "3", "to stdout\n", "to stderr"] {
            assert!(message.contains(part), "{message}");
        }
    }
}
