//! Somebody at a terminal: the question of `down`, and Ctrl-C.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};

use super::{DONE, ERROR, PENDING, run};
use crate::database;
use crate::stop::{block_migrations, wait_for_waiter, wait_until_gone};

/// The program on a pseudo-terminal of its own, as `script` of util-linux makes one.
struct Terminal {
    script: Child,
    shown: String,
}

impl Terminal {
    fn migrate(url: &str, arguments: &str) -> Self {
        let mut command = Command::new("script");
        command.args(["--quiet", "--return", "--command"]);
        command.arg(format!("exec \"$PROGRAM\" migrate {arguments}")).arg("/dev/null");
        command.env("PROGRAM", env!("CARGO_BIN_EXE_example-app")).env("DATABASE_URL", url);
        command.env("SHELL", "/bin/sh").env("NO_COLOR", "1").env_remove("RUST_LOG");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        Self { script: command.spawn().unwrap(), shown: String::new() }
    }

    /// Reads on until this is shown.
    fn read_until(&mut self, what: &str) {
        let stdout = self.script.stdout.as_mut().unwrap();
        let mut bytes = [0; 4096];
        while !self.shown.contains(what) {
            let count = stdout.read(&mut bytes).unwrap();
            assert!(count > 0, "it ended before `{what}`: {}", self.shown);
            self.shown += &String::from_utf8_lossy(&bytes[..count]);
        }
    }

    fn type_in(&mut self, keys: &str) {
        self.script.stdin.as_mut().unwrap().write_all(keys.as_bytes()).unwrap();
    }

    /// What was shown, when it has ended with this exit code.
    fn ends_with(mut self, exit_code: i32) -> String {
        let mut rest = Vec::new();
        self.script.stdout.take().unwrap().read_to_end(&mut rest).unwrap();
        self.shown += &String::from_utf8_lossy(&rest);
        let status = self.script.wait().unwrap();
        assert_eq!(status.code(), Some(exit_code), "{}", self.shown);
        std::mem::take(&mut self.shown)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.script.kill();
        let _ = self.script.wait();
    }
}

/// It has been asked, and shown what it is about.
fn asked(url: &str) -> Terminal {
    run(url, "up", DONE);
    let mut terminal = Terminal::migrate(url, "down");
    terminal.read_until("Revert 1 migration with this SQL? [y/N] ");
    assert!(terminal.shown.contains("DROP INDEX bets_placed_at_idx"), "{}", terminal.shown);
    terminal
}

#[test]
fn a_no_changes_nothing() {
    let url = database::create("cli_no");
    let mut terminal = asked(&url);
    terminal.type_in("no\n");
    let shown = terminal.ends_with(ERROR);
    assert!(shown.contains("nothing was changed"), "{shown}");
    run(&url, "status", DONE);
}

#[test]
fn a_yes_reverts() {
    let url = database::create("cli_yes");
    let mut terminal = asked(&url);
    terminal.type_in("yes\n");
    let shown = terminal.ends_with(DONE);
    assert!(shown.contains("1 migration reverted"), "{shown}");
    run(&url, "status", PENDING);
}

#[test]
fn ctrl_c_ends_the_question_and_changes_nothing() {
    let url = database::create("cli_ctrl_c");
    let mut terminal = asked(&url);
    terminal.type_in("\x03");
    terminal.ends_with(ERROR);
    run(&url, "status", DONE);
}

#[test]
fn ctrl_c_stops_what_runs() {
    let url = database::create("cli_ctrl_c_up");
    let mut blocker = database::connect(&url);
    let _transaction = block_migrations(&mut blocker);
    let mut terminal = Terminal::migrate(&url, "up");
    wait_for_waiter(&url);
    terminal.type_in("\x03");
    let shown = terminal.ends_with(ERROR);
    assert!(shown.contains("rolled back, it left nothing"), "{shown}");
    wait_until_gone(&url);
}
