//! A program with two sets, of which the second needs what the first creates.

use serde_json::{Value, json};

use super::{DONE, ERROR, PENDING, Printed, USAGE, migrate_sets, printed};
use crate::database;

fn run(url: &str, arguments: &str, exit_code: i32) -> Printed {
    printed(&migrate_sets(url, arguments).output().unwrap(), exit_code)
}

/// Of each set its name and this field.
fn sets(url: &str, arguments: &str, field: &str, exit_code: i32) -> Vec<(String, Value)> {
    let out = run(url, &format!("{arguments} --format json"), exit_code).out;
    let mut document: Value = serde_json::from_str(&out).unwrap();
    let sets = document["sets"].as_array_mut().unwrap().iter_mut();
    sets.map(|set| (set["set"].as_str().unwrap().into(), set[field].take())).collect()
}

fn each(ledger: Value, shop: Value) -> Vec<(String, Value)> {
    vec![("ledger".into(), ledger), ("shop".into(), shop)]
}

#[test]
fn a_command_is_about_all_sets_in_order() {
    let url = database::create("two_sets");
    assert_eq!(sets(&url, "status", "pending", PENDING), each(json!(1), json!(2)));
    let out = run(&url, "up", DONE).out;
    let places: Vec<_> = ["ledger", "Applied: 1, ", "shop", "Applied: 2, "]
        .iter()
        .map(|part| out.find(part).unwrap_or_else(|| panic!("no `{part}`: {out}")))
        .collect();
    assert!(places.is_sorted(), "{out}");
    assert_eq!(sets(&url, "status", "current", DONE), each(json!(true), json!(true)));
}

#[test]
fn a_command_with_a_name_is_about_that_set() {
    let url = database::create("two_sets_named");
    run(&url, "--set ledger up", DONE);
    assert_eq!(sets(&url, "status", "pending", PENDING), each(json!(0), json!(2)));
    assert_eq!(sets(&url, "--set ledger status", "pending", DONE), [("ledger".into(), json!(0))]);
    run(&url, "--set shop up --to 1", DONE);
    assert_eq!(sets(&url, "status", "pending", PENDING), each(json!(0), json!(1)));
    run(&url, "--set shop down --yes", DONE);
    assert_eq!(sets(&url, "status", "pending", PENDING), each(json!(0), json!(2)));
}

#[test]
fn a_command_of_one_set_has_to_be_told_which() {
    let url = database::create("two_sets_unnamed");
    for command in ["down --yes", "up --to 1", "unlock"] {
        let told = run(&url, command, USAGE);
        let which = "which set is meant? Name one with --set; there are: ledger, shop";
        assert!(told.err.contains(which), "{command}: {}", told.err);
    }
}

#[test]
fn a_set_that_fails_keeps_those_behind_it_from_being_applied() {
    let url = database::create("two_sets_failing");
    database::execute(&url, "CREATE TABLE accounts ()");
    let told = run(&url, "up", ERROR);
    assert!(told.err.contains("0001_accounts.sql"), "{}", told.err);
    assert_eq!(sets(&url, "status", "pending", PENDING), each(json!(1), json!(2)));
}

/// What runs outside of a transaction cannot be rolled back.
#[test]
fn what_a_dry_run_leaves_untried_is_told_and_has_its_exit_code() {
    let url = database::create("two_sets_dry_run");
    run(&url, "--set ledger up", DONE);
    let shop = run(&url, "--set shop up --dry-run --execute", PENDING).out;
    assert!(shop.contains("Passed 0001_orders.sql"), "{shop}");
    assert!(shop.contains("Not tried 0002_index_orders.sql"), "{shop}");
    assert!(shop.ends_with("1 file passed, 1 not tried; all was rolled back\n"), "{shop}");
    let both = sets(&url, "up --dry-run --execute", "not_tried", PENDING);
    assert_eq!(both[0], ("ledger".into(), json!([])));
    assert_eq!(both[1].1[0]["version"], 2);
    assert_eq!(sets(&url, "status", "pending", PENDING), each(json!(0), json!(2)));
}
