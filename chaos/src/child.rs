use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child as Process, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::Result;
use crate::plan::Action;
use crate::server::kill;
use crate::sets::Kind;

pub(crate) const ACTION_REDO: &str = "redo";
pub(crate) const HOOKED: &str = "hooked";

/// A process that migrates.
#[derive(Debug)]
pub struct Child {
    process: Process,
    out: PathBuf,
    log: PathBuf,
    is_killed: bool,
}

/// How it ended, and what it had said.
#[derive(Clone, Debug, Default)]
pub struct End {
    /// Its exit code; nothing if a signal ended it.
    pub code: Option<i32>,
    /// Whether we have killed it.
    pub is_killed: bool,
    /// The versions of which it has said that they are applied, in order.
    pub applied: Vec<i64>,
    /// The version of which it has said that somebody must look.
    pub doubt: Option<i64>,
    /// Its log, with the error in the end.
    pub log: String,
}

/// What a child is to do, and where.
#[derive(Debug)]
pub(crate) struct Task<'a> {
    /// The program: this one.
    pub(crate) program: &'a Path,
    pub(crate) url: &'a str,
    pub(crate) kind: Kind,
    pub(crate) action: Action,
    pub(crate) is_hooked: bool,
}

impl Child {
    /// Starts it; what it says goes to files of this name in this directory.
    pub(crate) fn spawn(task: &Task<'_>, logs: &Path, name: &str) -> Result<Self> {
        let (out, log) = (logs.join(format!("{name}.out")), logs.join(format!("{name}.log")));
        let mut command = Command::new(task.program);
        command.args(["migrate", task.kind.name()]).env("DATABASE_URL", task.url);
        if task.action == Action::Redo {
            command.arg(ACTION_REDO);
        }
        if task.is_hooked {
            command.arg(HOOKED);
        }
        command.stdin(Stdio::null()).stdout(File::create(&out)?).stderr(File::create(&log)?);
        Ok(Self { process: command.spawn()?, out, log, is_killed: false })
    }

    /// Kills it, if it has not ended before.
    pub(crate) fn kill(&mut self) -> Result<()> {
        if self.process.try_wait()?.is_none() {
            self.is_killed = true;
            self.process.kill()?;
        }
        Ok(())
    }

    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        kill(self.process.id(), signal)
    }

    /// Waits for its end. If that does not come until then, it is killed and nothing is returned.
    pub(crate) fn end(mut self, deadline: Instant) -> Result<Option<End>> {
        loop {
            if let Some(status) = self.process.try_wait()? {
                return self.ended(status).map(Some);
            }
            if Instant::now() > deadline {
                self.process.kill()?;
                self.process.wait()?;
                return Ok(None);
            }
            sleep(Duration::from_millis(1));
        }
    }

    fn ended(&self, status: ExitStatus) -> Result<End> {
        let out = fs::read_to_string(&self.out)?;
        let numbers = |word: &str| -> Vec<i64> {
            let rests = out.lines().filter_map(|line| line.strip_prefix(word)?.strip_prefix(' '));
            rests.filter_map(|rest| rest.parse().ok()).collect()
        };
        let log = String::from_utf8_lossy(&fs::read(&self.log)?).into_owned();
        let is_killed = self.is_killed && status.code().is_none();
        let (applied, doubt) = (numbers("applied"), numbers("doubt").first().copied());
        Ok(End { code: status.code(), is_killed, applied, doubt, log })
    }
}

impl End {
    /// A revert is refused where the newest migration, perhaps one that is still to be followed by
    /// others, has no down file.
    pub(crate) fn has_nothing_to_revert(&self) -> bool {
        self.log.contains("cannot revert: ")
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It has ended, but where the driver itself has failed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
