use crate::app::{self, App};
use crate::client::{self, get};
use crate::database;
use crate::stop::{block_migrations, wait_for_waiters};
use local_postgres::TemporaryServer;
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

#[test]
fn a_service_is_ready_when_its_schema_is_current() {
    let url = database::create("ready");
    let app = App::start(app::with_database(&url));
    assert_eq!(get(app.address(), "/healthz"), (200, json!("ok\n")));
    assert_eq!(get(app.address(), "/readyz"), (200, json!({ "ready": true })));
    database::execute(&url, "DELETE FROM embedded_migrations WHERE version = 3");
    let pending = json!({ "ready": false, "reason": "migrations are pending" });
    assert_eq!(get(app.address(), "/readyz"), (503, pending));
    database::execute(&url, "UPDATE embedded_migrations SET checksum = 'x' WHERE version = 2");
    let refused = json!({ "ready": false, "reason": "the history of migrations does not fit" });
    assert_eq!(get(app.address(), "/readyz"), (503, refused));
    assert_eq!(get(app.address(), "/healthz").0, 200);
    app.stop();
}

#[test]
fn a_service_that_migrates_is_up_but_not_ready() {
    let url = database::create("not_ready");
    let mut blocker = database::connect(&url);
    let transaction = block_migrations(&mut blocker);
    let mut app = App::spawn(app::with_database(&url));
    app.read_until("Listening on http://");
    assert_eq!(get(app.address(), "/healthz").0, 200);
    let migrating = json!({ "ready": false, "reason": "the database is being migrated" });
    assert_eq!(get(app.address(), "/readyz"), (503, migrating));
    assert_eq!(get(app.address(), "/bets").0, 503);
    transaction.rollback().unwrap();
    app.read_until("Ready on http://");
    assert_eq!(get(app.address(), "/readyz").0, 200);
    app.stop();
}

#[test]
fn with_stay_a_service_whose_migrations_fail_is_up_but_not_ready() {
    let url = database::create("stays");
    database::execute(&url, "CREATE TABLE bets (id int)");
    let mut command = app::with_database(&url);
    command.arg("--stay");
    let mut app = App::spawn(command);
    app.read_until("Not ready: only /healthz, /readyz and /migrations are answered on http://");
    let failed = json!({ "ready": false, "reason": "the migrations have failed" });
    assert_eq!(get(app.address(), "/readyz"), (503, failed));
    assert_eq!(get(app.address(), "/bets").0, 503);
    let (status, page) = get(app.address(), "/migrations");
    let page = page.as_str().unwrap();
    assert_eq!(status, 200);
    assert!(page.contains("<title>Failed: the migrations of this process"), "{page}");
    let told = "0000_baseline.sql: the server has refused a statement (SQLSTATE 42P07)";
    assert!(page.contains(told), "{page}");
    assert!(!page.contains("already exists"), "{page}");
    let log = app.stop();
    assert!(!log.iter().any(|line| line.starts_with("Ready")), "{log:#?}");
    assert!(log.concat().contains("relation \"bets\" already exists"), "{log:#?}");
}

#[test]
fn a_service_without_its_database_is_up_but_not_ready() {
    let server = TemporaryServer::start().unwrap();
    let app = App::start(app::with_database(&server.url("postgres")));
    drop(server);
    assert_eq!(get(app.address(), "/healthz").0, 200);
    let gone = json!({ "ready": false, "reason": "the database cannot be reached" });
    assert_eq!(get(app.address(), "/readyz"), (503, gone));
    app.stop();
}

/// Each request has a connection of the service's pool, and waits in the database.
#[test]
fn requests_that_have_all_connections_do_not_keep_probes_from_an_answer() {
    const CONNECTIONS: usize = 8;
    let url = database::create("exhausted");
    let app = App::start(app::with_database(&url));
    let mut blocker = database::connect(&url);
    let mut transaction = blocker.transaction().unwrap();
    transaction.batch_execute("LOCK TABLE bets").unwrap();
    let request = |_| {
        let mut request = TcpStream::connect(app.address()).unwrap();
        request.write_all(b"GET /bets HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        request
    };
    let requests: Vec<_> = (0..CONNECTIONS).map(request).collect();
    wait_for_waiters(&url, CONNECTIONS);
    assert_eq!(get(app.address(), "/readyz"), (200, json!({ "ready": true })));
    assert_eq!(get(app.address(), "/healthz").0, 200);
    assert_eq!(get(app.address(), "/migrations").0, 200);
    transaction.rollback().unwrap();
    for mut request in requests {
        let mut response = String::new();
        request.read_to_string(&mut response).unwrap();
        assert_eq!(client::status(&response), 200);
    }
    app.stop();
}
