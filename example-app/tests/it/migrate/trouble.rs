use std::fs;
use std::time::{Duration, Instant};

use local_postgres::TemporaryServer;

use super::{DONE, ERROR, json, migrate, printed, run, spawn};
use crate::database;

const SECRET: &str = "hunter2secret";

#[test]
fn a_database_that_is_down_is_told() {
    let url = format!("postgres://someone:{SECRET}@127.0.0.1:1/none");
    let began = Instant::now();
    let document = json(&url, "status", ERROR);
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(document["error"]["kind"], "pool");
    let told = run(&url, "up", ERROR);
    assert!(told.err.contains("refused"), "{}", told.err);
    assert_eq!(told.out, "");
    for text in [document.to_string(), told.err] {
        assert!(!text.contains(SECRET), "{text}");
    }
}

#[test]
fn a_password_that_is_refused_is_told_and_none_is_shown() {
    let server = TemporaryServer::builder().tcp().start().unwrap();
    let owner = server.url("postgres");
    let role = format!("CREATE ROLE clerk LOGIN PASSWORD '{SECRET}'");
    database::execute(&owner, &role);
    demand_passwords(&owner);
    let url = |password: &str| {
        format!("postgres://clerk:{password}@127.0.0.1:{}/postgres", server.port())
    };
    let told = run(&url("wrong-hunter"), "status", ERROR);
    assert!(told.err.contains("password authentication failed"), "{}", told.err);
    assert!(!(told.err + &told.out).contains("wrong-hunter"));
    for command in ["status", "plan", "verify", "up", "history", "unlock"] {
        let output = migrate(&url(SECRET), command).output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!text.is_empty() && !text.contains(SECRET), "{command}: {text}");
    }
}

#[test]
fn the_password_is_not_among_the_arguments() {
    let url = format!("postgres://someone:{SECRET}@127.0.0.1:1/none");
    let child = spawn(migrate(&url, "wait --deadline 1s"));
    let arguments = fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    assert!(!String::from_utf8_lossy(&arguments).contains(SECRET));
    let told = printed(&child.wait_with_output().unwrap(), ERROR);
    assert!(!(told.err + &told.out).contains(SECRET));
}

#[test]
fn an_unusable_url_is_told_without_its_password() {
    let url = format!("postgres://user:{SECRET}@:x/db");
    let told = run(&url, "status", ERROR);
    assert!(told.err.contains("DATABASE_URL") && !told.err.contains(SECRET), "{}", told.err);
    run(&url, "version", DONE);
}

/// Over TCP; its own user, over the socket, is trusted still.
fn demand_passwords(url: &str) {
    let mut client = database::connect(url);
    let file: String = client.query_one("SHOW hba_file", &[]).unwrap().get(0);
    let line = "host all clerk 127.0.0.1/32 scram-sha-256";
    let trust = "host all postgres 127.0.0.1/32 trust";
    fs::write(file, format!("{line}\n{trust}\nlocal all all trust\n")).unwrap();
    client.batch_execute("SELECT pg_reload_conf()").unwrap();
}
