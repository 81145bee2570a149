//! Ctrl-C, and what a supervisor sends.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command};

use serde_json::Value;

use super::{DONE, ERROR, PENDING, migrate, printed, run, set, spawn};
use crate::database;
use crate::stop::{block_migrations, wait_for_waiter, wait_until_gone};

/// The child waits in the database when the signal comes, and nobody wakes it.
fn stopped(url: &str, arguments: &str, signal: &str) -> super::Printed {
    let mut blocker = database::connect(url);
    let _transaction = block_migrations(&mut blocker);
    let child = spawn(migrate(url, arguments));
    wait_for_waiter(url);
    send(signal, &child);
    let printed = printed(&child.wait_with_output().unwrap(), ERROR);
    // While the table is still locked: a statement that was left alone would wait for it.
    wait_until_gone(url);
    printed
}

fn send(signal: &str, child: &Child) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
}

#[test]
fn a_signal_cancels_the_statement_and_rolls_it_back() {
    for signal in ["INT", "TERM"] {
        let url = database::create(&format!("cli_stopped_{}", signal.to_lowercase()));
        let told = stopped(&url, "up", signal);
        for part in ["0000_baseline.sql: stopped", "rolled back, it left nothing"] {
            assert!(told.err.contains(part), "{signal}: {}", told.err);
        }
        assert_eq!(told.out, "");
        assert_eq!(set(&url, "status", PENDING)["pending"], 4);
        run(&url, "up", DONE);
    }
}

#[test]
fn a_program_that_reads_is_told_that_it_was_stopped() {
    let url = database::create("cli_stopped_json");
    let told = stopped(&url, "up --format json", "INT");
    let document: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(document["error"]["kind"], "stopped");
}

#[test]
fn a_signal_ends_the_wait_for_others() {
    let url = database::create("cli_stopped_wait");
    let mut blocker = database::connect(&url);
    let transaction = block_migrations(&mut blocker);
    let first = spawn(migrate(&url, "up"));
    wait_for_waiter(&url);
    let mut second = spawn(migrate(&url, "up"));
    let mut lines = BufReader::new(second.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.starts_with("Waiting for the migrations of pid ")));
    send("INT", &second);
    let told: Vec<_> = lines.collect();
    assert!(told.concat().contains("stopped"), "{told:#?}");
    assert_eq!(second.wait().unwrap().code(), Some(ERROR));
    transaction.rollback().unwrap();
    printed(&first.wait_with_output().unwrap(), DONE);
}
