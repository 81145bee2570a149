use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::database::TestDatabase;

/// A process that is about to run migrations: it waits for the word.
#[derive(Debug)]
pub struct Starter(Child);

/// What a starter said: a line for each of its threads.
#[derive(Debug)]
pub struct Outcome {
    /// Whether it exited with success.
    pub is_success: bool,
    /// `Ok(applied, skipped)` or the error, for each thread.
    pub lines: Vec<String>,
}

impl Starter {
    /// Starts the process, connects it, and returns when it waits for the word. `arguments` are those
    /// of the binary `starter`.
    #[must_use]
    pub fn new(binary: &Path, database: &TestDatabase, arguments: &[&str]) -> Self {
        Self::with_url(binary, database.url(), arguments)
    }

    /// The same with any URL.
    #[must_use]
    pub fn with_url(binary: &Path, url: &str, arguments: &[&str]) -> Self {
        let child = Command::new(binary)
            .args(arguments)
            .env("DATABASE_URL", url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self(child)
    }

    /// Returns when the process is connected and waits.
    pub fn wait_until_ready(&mut self) {
        let mut byte = [0];
        self.0.stdout.as_mut().unwrap().read_exact(&mut byte).unwrap();
    }

    /// Says the word.
    pub fn go(&mut self) {
        self.0.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
    }

    /// How many of its threads have this name; nothing but Linux tells.
    #[must_use]
    pub fn threads_named(&self, name: &str) -> usize {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.0.id())).unwrap();
        let names = tasks.flatten().map(|task| std::fs::read_to_string(task.path().join("comm")));
        names.flatten().filter(|comm| comm.trim_end() == name).count()
    }

    /// Ends the process as `kill -9` does.
    pub fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Sends it a signal, such as `STOP`.
    pub fn signal(&self, signal: &str) {
        let mut kill = Command::new("kill");
        kill.args(["-s", signal, &self.0.id().to_string()]);
        assert!(kill.status().unwrap().success());
    }

    /// Waits for its end.
    #[must_use]
    pub fn outcome(mut self) -> Outcome {
        let lines =
            BufReader::new(self.0.stdout.take().unwrap()).lines().map(Result::unwrap).collect();
        Outcome { is_success: self.0.wait().unwrap().success(), lines }
    }

    /// Starts `count` processes, gives them the word at once, and waits for all.
    #[must_use]
    pub fn race(
        count: usize,
        binary: &Path,
        database: &TestDatabase,
        arguments: &[&str],
    ) -> Vec<Outcome> {
        Self::race_at(count, binary, database.url(), arguments)
    }

    /// The same with any URL.
    #[must_use]
    pub fn race_at(count: usize, binary: &Path, url: &str, arguments: &[&str]) -> Vec<Outcome> {
        let mut starters: Vec<_> =
            (0..count).map(|_| Self::with_url(binary, url, arguments)).collect();
        starters.iter_mut().for_each(Self::wait_until_ready);
        starters.iter_mut().for_each(Self::go);
        starters.into_iter().map(Self::outcome).collect()
    }
}
