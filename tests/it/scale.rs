//! Much of everything. These tests take minutes, and are run by hand with `--release`; see
//! RELIABILITY.md.

#![allow(clippy::print_stdout)]
use std::fmt::Write as _;
use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use migrations_runtime::Migrations;
use migrations_tests::{Pool, Starter, TestDatabase, by_name, eventually};

use crate::race::check;
use crate::starter;
use crate::texts::set_of;

#[test]
#[ignore = "scale: 200 processes"]
fn of_200_processes_on_an_empty_database_and_again() {
    for (round, pending) in [("first", 3), ("again", 0)] {
        let database = TestDatabase::new();
        if pending == 0 {
            by_name("base").run(&database.pool(1)).unwrap();
        }
        let began = Instant::now();
        let outcomes = Starter::race(200, starter(), &database, &["run", "base"]);
        println!("{round}: 200 processes, started and done in {:?}", began.elapsed());
        assert_eq!(outcomes.len(), 200);
        check(&database, &outcomes, pending);
    }
}

fn numbered(count: usize, text: impl Fn(usize) -> String) -> Migrations {
    let files: Vec<_> = (1..=count).map(|n| (format!("{n:06}_file.sql"), text(n))).collect();
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    set_of(&files)
}

#[test]
#[ignore = "scale: 10,000 migrations"]
fn of_ten_thousand_migrations() {
    let set = numbered(10_000, |n| format!("INSERT INTO t VALUES ({n})"));
    let (database, began) = (TestDatabase::new(), Instant::now());
    let pool = database.pool(2);
    database.execute("CREATE TABLE t (n int PRIMARY KEY)");
    assert_eq!(set.run(&pool).unwrap().applied().len(), 10_000);
    println!("10,000 applied in {:?}", began.elapsed());
    assert_eq!(database.value("SELECT count(*) FROM t"), "10000");
    let began = Instant::now();
    assert_eq!(set.run(&pool).unwrap().skipped().len(), 10_000);
    println!("nothing pending told in {:?}", began.elapsed());
    let began = Instant::now();
    assert!(set.runner().status(&pool).unwrap().is_current());
    println!("status in {:?}", began.elapsed());
}

/// Statements of more than 50 MB together, of which the last is the given one.
fn large(last: &str) -> String {
    let mut text = String::from("CREATE TABLE t (n int, s text);\n");
    let words = "x".repeat(1000);
    for number in 0..50_000 {
        writeln!(text, "INSERT INTO t VALUES ({number}, '{words} {number}');").unwrap();
    }
    assert!(text.len() > 50_000_000);
    text + last
}

#[test]
#[ignore = "scale: a file of 50 MB"]
fn of_a_file_of_50_mb() {
    let database = TestDatabase::new();
    let (right, began) = (large(""), Instant::now());
    let set = set_of(&[("0001_large.sql", &right)]);
    println!("50 MB read and checked in {:?}", began.elapsed());
    let began = Instant::now();
    set.run(&database.pool(2)).unwrap();
    println!("50 MB applied in {:?}", began.elapsed());
    assert_eq!(database.value("SELECT count(*) FROM t"), "50000");

    let wrong = set_of(&[("0001_large.sql", &large("INSERT INTO t VALUES (1, 2, 3)"))]);
    let error = wrong.run(&TestDatabase::new().pool(2)).unwrap_err();
    assert_eq!(error.position(), Some((50_002, 29)));
    assert!(error.to_string().len() < 2000, "{error}");
}

/// Eight threads share the work.
fn each_of_a_thousand(work: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < 1000);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| std::iter::from_fn(take).for_each(&work));
        }
    });
}

#[test]
#[ignore = "scale: 1,000 sets and 1,000 schemas"]
fn of_a_thousand_sets_of_one_table_and_of_a_thousand_schemas() {
    let (database, set) = (TestDatabase::new(), by_name("harmless"));
    let pool = database.pool(8);
    for (what, of_schemas) in [("sets", false), ("schemas", true)] {
        for applied in [1, 0] {
            let began = Instant::now();
            each_of_a_thousand(|number| {
                let name = format!("number_{number}");
                let runner = set.runner();
                let runner =
                    if of_schemas { runner.history_schema(name) } else { runner.set_name(name) };
                assert_eq!(runner.run(&pool).unwrap().applied().len(), applied);
            });
            println!("1,000 {what}, {applied} pending in each: {:?}", began.elapsed());
        }
    }
    let rows = "SELECT concat_ws(' ', (SELECT count(*) FROM embedded_migrations), \
                (SELECT count(*) FROM pg_tables WHERE schemaname LIKE 'number\\_%'))";
    assert_eq!(database.value(rows), "1000 1000");
    assert_eq!(database.locks(), "0");
}

/// For as many seconds as `SOAK_SECONDS` says, by default an hour.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "a soak of an hour"]
fn of_an_hour_with_restarts() {
    let seconds = std::env::var("SOAK_SECONDS").map_or(3600, |seconds| seconds.parse().unwrap());
    let database = TestDatabase::on_its_own_server();
    let (began, mut rounds, mut warm) = (Instant::now(), 0, None);
    while began.elapsed() < Duration::from_secs(seconds) {
        round(&database);
        rounds += 1;
        if rounds == 20 {
            warm = Some(resident());
        }
    }
    let (warm, last) = (warm.expect("a soak of more than 20 rounds"), resident());
    println!("{rounds} rounds, resident after 20 of them {warm} KiB, at the end {last} KiB");
    assert!(last < warm + 4096, "from {warm} to {last} KiB");
}

/// Everything from the beginning, a hundred starts with nothing to do, and a crash of the server.
#[cfg(target_os = "linux")]
fn round(database: &TestDatabase) {
    let pool = database.pool(4);
    database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    for set in ["base", "concurrent-index"] {
        let run = |pool: &Pool| by_name(set).runner().set_name(set).run(pool).unwrap();
        assert!(!run(&pool).applied().is_empty());
        assert!((0..50).all(|_| run(&pool).applied().is_empty()));
    }
    drop(pool);
    database.wait_until_unused();
    crash(database);
}

/// Kills a process of the server, which then ends all others and begins anew.
#[cfg(target_os = "linux")]
fn crash(database: &TestDatabase) {
    let (mut victim, mut witness) = (database.client(), database.client());
    let pid: i32 = victim.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
    // Before that it is up because it has not noticed yet.
    eventually("the server has ended all others", || witness.simple_query("").is_err());
    eventually("the server is up again", || database.is_up());
}

/// The memory of this process, in KiB.
#[cfg(target_os = "linux")]
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
