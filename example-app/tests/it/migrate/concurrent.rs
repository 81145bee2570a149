use std::process::Child;

use super::{DONE, LOCK, PENDING, json, migrate, printed, run, set, spawn};
use crate::app::{self, App};
use crate::database;
use crate::stop::{block_migrations, wait_for_waiter};

#[test]
fn a_lock_that_is_not_obtained_has_its_own_exit_code() {
    let url = database::create("cli_lock");
    let mut blocker = database::connect(&url);
    let transaction = block_migrations(&mut blocker);
    let first = spawn(migrate(&url, "up"));
    wait_for_waiter(&url);
    let told = run(&url, "up --lock-deadline 1s", LOCK);
    assert!(told.err.contains("holds the lock: pid "), "{}", told.err);
    let error = &json(&url, "repair --lock-deadline 100ms", LOCK)["error"];
    assert_eq!(error["kind"], "lock");
    let status = run(&url, "status", PENDING).out;
    assert!(status.contains("Migrates now: pid "), "{status}");
    transaction.rollback().unwrap();
    ends_well(first);
}

#[test]
fn unlock_names_the_holder_and_ends_it_when_it_is_told_to() {
    let url = database::create("cli_unlock");
    let mut blocker = database::connect(&url);
    let transaction = block_migrations(&mut blocker);
    let first = spawn(migrate(&url, "up"));
    wait_for_waiter(&url);
    let named = run(&url, "unlock", LOCK).out;
    assert!(named.contains("example-app") && named.contains("unlock --terminate"), "{named}");
    let ended = set(&url, "unlock --terminate", DONE);
    assert_eq!(ended["terminated"], true);
    transaction.rollback().unwrap();
    // It tries again, or ends with an error; either way nothing is half done.
    first.wait_with_output().unwrap();
    run(&url, "up", DONE);
}

#[test]
fn two_at_once_apply_once() {
    let url = database::create("cli_two");
    let children = [(); 2].map(|()| spawn(migrate(&url, "up --format json")));
    let outputs = children.map(|child| child.wait_with_output().unwrap());
    let applied = outputs.map(|output| {
        let document: serde_json::Value =
            serde_json::from_str(&printed(&output, DONE).out).unwrap();
        document["sets"][0]["applied"].as_array().unwrap().len()
    });
    assert_eq!(applied.iter().sum::<usize>(), 4);
}

#[test]
fn wait_ends_when_others_have_migrated() {
    let url = database::create("cli_wait");
    let waiting = spawn(migrate(&url, "wait --deadline 1min"));
    ends_well(spawn(migrate(&url, "up")));
    ends_well(waiting);
    assert_eq!(run(&url, "wait --deadline 1s", DONE).out, "Nothing is pending\n");
}

#[test]
fn a_command_beside_a_starting_service_sees_it_and_does_not_disturb_it() {
    let url = database::create("cli_starting");
    let mut blocker = database::connect(&url);
    let transaction = block_migrations(&mut blocker);
    let mut app = App::spawn(app::with_database(&url));
    wait_for_waiter(&url);
    let status = set(&url, "status", PENDING);
    assert!(status["holder"].is_object(), "{status}");
    run(&url, "up --quiet --lock-deadline 200ms", LOCK);
    transaction.rollback().unwrap();
    app.read_until("Ready on http://");
    run(&url, "status", DONE);
    app.stop();
}

#[test]
fn wait_gives_up_at_the_deadline() {
    let url = database::create("cli_wait_long");
    let told = run(&url, "wait --deadline 300ms", PENDING);
    assert!(told.err.contains("still pending: 0000_baseline.sql"), "{}", told.err);
}

fn ends_well(child: Child) {
    printed(&child.wait_with_output().unwrap(), DONE);
}
