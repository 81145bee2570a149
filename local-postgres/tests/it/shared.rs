use crate::process::{Holder, eventually};
use crate::scratch::Scratch;
use crate::session::Session;
use local_postgres::SharedServer;
use std::path::Path;
use std::process::Command;
use std::thread;

#[test]
fn the_first_starts_it_and_the_last_out_stops_it() {
    let scratch = Scratch::new("handles");
    let first = SharedServer::open(scratch.join("app")).unwrap();
    let second = SharedServer::open(scratch.join("app")).unwrap();
    let directory = first.directory().to_owned();
    assert!(first.started() && !second.started());
    assert_eq!(first.postmaster_pid(), second.postmaster_pid());
    drop(first);
    assert!(is_running(&directory));
    drop(second);
    assert!(!is_running(&directory));
}

#[test]
fn processes_share_it() {
    let scratch = Scratch::new("processes");
    let holder = Holder::of_shared(&scratch.join("app"));
    let server = SharedServer::open(scratch.join("app")).unwrap();
    let directory = server.directory().to_owned();
    assert_eq!(server.postmaster_pid().unwrap().to_string(), holder.postmaster);
    assert_eq!(server.url("postgres"), holder.url);
    drop(server);
    assert!(is_running(&directory));
    holder.leave();
    assert!(!is_running(&directory));
}

#[test]
fn many_processes_at_once_get_the_same_server() {
    let scratch = Scratch::new("many");
    let start = || {
        thread::spawn({
            let directory = scratch.join("app");
            move || Holder::of_shared(&directory)
        })
    };
    let starting: Vec<_> = (0..6).map(|_| start()).collect();
    let holders: Vec<_> = starting.into_iter().map(|thread| thread.join().unwrap()).collect();
    let directory = holders[0].directory();
    for holder in &holders {
        assert_eq!(holder.postmaster, holders[0].postmaster);
    }
    let leaving: Vec<_> = holders.into_iter().map(|h| thread::spawn(|| h.leave())).collect();
    for thread in leaving {
        thread.join().unwrap();
    }
    assert!(!is_running(&directory));
}

#[test]
fn the_data_outlives_the_server() {
    let scratch = Scratch::new("data");
    let server = SharedServer::open(scratch.join("app")).unwrap();
    query(&server, "CREATE TABLE kept AS SELECT 42 AS answer");
    drop(server);
    let server = SharedServer::open(scratch.join("app")).unwrap();
    assert!(server.started());
    assert_eq!(query(&server, "SELECT answer FROM kept"), "42");
}

#[test]
fn durability_is_on() {
    let scratch = Scratch::new("durable");
    let server = SharedServer::open(scratch.join("app")).unwrap();
    for name in ["fsync", "synchronous_commit", "full_page_writes"] {
        assert_eq!(query(&server, &format!("SHOW {name}")), "on");
    }
}

#[test]
fn any_directory_name_will_do() {
    let scratch = Scratch::new("names");
    let server = SharedServer::open(scratch.join("it's a $(name)")).unwrap();
    assert!(server.directory().starts_with(scratch.canonicalize().unwrap()));
    assert_eq!(query(&server, "SELECT 42"), "42");
}

#[test]
fn a_path_too_long_for_a_socket_has_a_stand_in() {
    let scratch = Scratch::new("long");
    let error = SharedServer::open(scratch.join("x".repeat(100))).unwrap_err();
    assert!(error.to_string().contains("too long"), "{error}");
    let server = SharedServer::open(scratch.join("d".repeat(80)).join("lp-test")).unwrap();
    let directory = server.directory().to_owned();
    assert!(directory.starts_with("/var/tmp"), "{directory:?}");
    assert_eq!(query(&server, "SELECT 42"), "42");
    drop(server);
    std::fs::remove_dir_all(directory).unwrap();
}

/// The server was started by a process that is gone, with a Ctrl-C that its whole group got; had
/// the server kept the output of that process open, `interrupt` would wait for ever.
#[test]
fn ctrl_c_on_the_starter_leaves_the_server_to_the_others() {
    let scratch = Scratch::new("interrupt");
    let starter = Holder::of_shared(&scratch.join("app"));
    let server = SharedServer::open(scratch.join("app")).unwrap();
    assert!(!server.started());
    starter.interrupt();
    assert_eq!(query(&server, "SELECT 42"), "42");
}

#[test]
fn a_killed_last_user_is_cleared_up_after() {
    let scratch = Scratch::new("killed");
    let holder = Holder::of_shared(&scratch.join("app"));
    let directory = holder.directory();
    holder.kill();
    if Command::new("flock").arg("--help").output().is_ok() {
        eventually("the server is stopped", || !is_running(&directory));
    }
    assert!(SharedServer::open(scratch.join("app")).is_ok());
}

#[test]
fn a_server_that_was_killed_is_started_again() {
    let scratch = Scratch::new("crash");
    let server = SharedServer::open(scratch.join("app")).unwrap();
    let directory = server.directory().to_owned();
    let pid = server.postmaster_pid().unwrap().to_string();
    Command::new("kill").args(["-KILL", &pid]).status().unwrap();
    eventually("the server is gone", || !is_running(&directory));
    let second = SharedServer::open(scratch.join("app")).unwrap();
    assert!(second.started());
    assert_eq!(query(&second, "SELECT 42"), "42");
}

fn query(server: &SharedServer, sql: &str) -> String {
    let mut session = Session::over_socket(server.directory()).unwrap();
    session.query(sql).unwrap()
}

fn is_running(directory: &Path) -> bool {
    Session::over_socket(directory).is_ok()
}
