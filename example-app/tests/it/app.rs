//! The service, run as a process.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};

/// The service on a free port, with the database of this URL.
pub(crate) fn with_database(url: &str) -> Command {
    let mut command = command();
    command.env("DATABASE_URL", url);
    command
}

/// The service on a free port, with the private server of this directory.
pub(crate) fn with_data(directory: impl AsRef<OsStr>) -> Command {
    let mut command = command();
    command.arg("--data").arg(directory);
    command
}

/// The service on a free port, with nothing of the environment that steers it.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_example-app"));
    command.args(["--listen", "127.0.0.1:0"]).env_remove("DATABASE_URL").env_remove("RUST_LOG");
    command
}

/// A running service. It is killed when the value is dropped.
pub(crate) struct App {
    child: Child,
    stdout: BufReader<ChildStdout>,
    log: Vec<String>,
}

impl App {
    pub(crate) fn spawn(mut command: Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdout, log: Vec::new() }
    }

    pub(crate) fn start(command: Command) -> Self {
        let mut app = Self::spawn(command);
        app.read_until("Ready on http://");
        app
    }

    /// Reads on until a line has this in it, and returns what follows there.
    pub(crate) fn read_until(&mut self, what: &str) -> String {
        while let Some(line) = self.read_line() {
            if let Some((_, rest)) = line.split_once(what) {
                return rest.to_owned();
            }
        }
        let mut stderr = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        panic!("it ended before `{what}`\nlog: {:#?}\nerror: {stderr}", self.log);
    }

    pub(crate) fn address(&self) -> SocketAddr {
        let ready = self.log.iter().find_map(|line| line.split_once("http://"));
        ready.unwrap().1.parse().unwrap()
    }

    /// Ends it the way a supervisor does, and returns all that it has logged.
    pub(crate) fn stop(mut self) -> Vec<String> {
        self.signal("TERM");
        let status = self.wait();
        assert_eq!(status.code(), Some(0), "{:#?}", self.log);
        std::mem::take(&mut self.log)
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", name, &pid]).status().unwrap();
        assert!(status.success());
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        while self.read_line().is_some() {}
        self.child.wait().unwrap()
    }

    /// What it has logged, without the level, as far as it is read.
    pub(crate) fn log(&self) -> &[String] {
        &self.log
    }

    fn read_line(&mut self) -> Option<String> {
        let mut line = String::new();
        if self.stdout.read_line(&mut line).unwrap() == 0 {
            return None;
        }
        let message = line.trim_end().get(6..).unwrap_or_default().to_owned();
        self.log.push(message.clone());
        Some(message)
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs it to its end.
pub(crate) fn run_to_end(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

/// The names of the files that a log says were applied.
pub(crate) fn applied(log: &[String]) -> Vec<&str> {
    let is_applied = |line: &String| line.starts_with("Applied ");
    log.iter().filter(|line| is_applied(line)).filter_map(|line| line.split(' ').nth(1)).collect()
}

/// All files of the workspace's folder, by version.
pub(crate) const FILES: [&str; 4] = [
    "0000_baseline.sql",
    "0001_record_odds_and_settlement.sql",
    "0002_backfill_odds_and_settlement.sql",
    "0003_index_bets.sql",
];
