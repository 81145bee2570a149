//! Another process that holds a server: this crate's own binary.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A test that waits longer has failed; none waits this long to pass.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) struct Holder {
    child: Child,
    stdout: BufReader<ChildStdout>,
    pub(crate) url: String,
    pub(crate) postmaster: String,
}

impl Holder {
    pub(crate) fn of_temporary() -> Self {
        Self::start(&mut binary())
    }

    pub(crate) fn of_shared(directory: &Path) -> Self {
        Self::start(binary().arg(directory))
    }

    /// In a process group of its own, as a shell starts it in a terminal.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = || {
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            line.trim().to_owned()
        };
        let (url, postmaster) = (line(), line());
        Self { child, stdout, url, postmaster }
    }

    /// Where the socket is, unless its name has special characters.
    pub(crate) fn directory(&self) -> PathBuf {
        let host = self.url.split_once("host=").unwrap().1;
        host.split('&').next().unwrap().into()
    }

    pub(crate) fn leave(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ctrl-C, as the terminal sends it: to the group. Returns when everybody has closed the holder's
    /// output. SIGTERM follows because a shell that runs us in the background ignores SIGINT.
    pub(crate) fn interrupt(mut self) {
        let group = format!("-{}", self.child.id());
        for signal in ["-INT", "-TERM"] {
            let sent = Command::new("kill").args([signal, "--", &group]).status();
            assert!(sent.unwrap().success());
        }
        assert!(!self.child.wait().unwrap().success());
        let reader = thread::spawn(move || self.stdout.read_to_end(&mut Vec::new()).unwrap());
        eventually("the output is closed", || reader.is_finished());
    }
}

pub(crate) fn binary() -> Command {
    Command::new(env!("CARGO_BIN_EXE_local-postgres"))
}

#[track_caller]
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !condition() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

pub(crate) fn is_alive(pid: &str) -> bool {
    let status = Command::new("kill").args(["-0", pid]).stderr(Stdio::null()).status();
    status.unwrap().success()
}
