use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::app::{self, App, FILES, applied};
use crate::client;
use crate::database;
use crate::scratch::Scratch;

#[test]
fn a_signal_ends_it_cleanly() {
    let url = database::create("signals");
    for signal in ["INT", "TERM"] {
        let mut app = App::start(app::with_database(&url));
        app.signal(signal);
        assert_eq!(app.wait().code(), Some(0));
        assert_eq!(app.log().last().unwrap(), "Stopping");
    }
}

/// The bet waits for a lock, and is answered although the service was told to stop meanwhile.
#[test]
fn a_request_in_flight_is_answered() {
    let url = database::create("in_flight");
    let mut app = App::start(app::with_database(&url));
    let mut blocker = database::connect(&url);
    let mut transaction = blocker.transaction().unwrap();
    transaction.batch_execute("LOCK TABLE bets").unwrap();
    let mut request = TcpStream::connect(app.address()).unwrap();
    request.write_all(b"GET /bets HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    wait_for_waiter(&url);
    app.signal("TERM");
    app.read_until("Stopping");
    assert_eq!(client::get(app.address(), "/bets").0, 503);
    transaction.rollback().unwrap();
    let mut response = String::new();
    request.read_to_string(&mut response).unwrap();
    assert_eq!(client::status(&response), 200);
    assert_eq!(app.wait().code(), Some(0));
}

/// The first migration waits for a table of the same name, whose transaction has not ended.
#[test]
fn a_signal_during_the_migrations_ends_it_cleanly() {
    let url = database::create("early_signal");
    let mut blocker = database::connect(&url);
    let mut transaction = blocker.transaction().unwrap();
    transaction.batch_execute("CREATE TABLE bets ()").unwrap();
    let mut app = App::spawn(app::with_database(&url));
    wait_for_waiter(&url);
    app.signal("TERM");
    assert_eq!(app.wait().code(), Some(0));
    assert_eq!(applied(app.log()), [""; 0]);
    transaction.rollback().unwrap();
    App::start(app::with_database(&url)).stop();
}

/// Whatever it is doing just then: making the cluster, migrating or serving.
#[test]
fn a_signal_at_any_time_leaves_no_private_server() {
    for (number, line) in ["Using a private", "Applying", "Applied", "Ready"].iter().enumerate() {
        let scratch = Scratch::new(&format!("any_time_{number}"));
        let mut command = app::with_data(scratch.data());
        command.env("RUST_LOG", "debug");
        let mut app = App::spawn(command);
        app.read_until(line);
        app.signal("INT");
        assert_eq!(app.wait().code(), Some(0));
        assert!(!scratch.has_server());
    }
}

#[test]
fn the_last_out_stops_the_private_server() {
    let scratch = Scratch::new("last_out");
    let first = App::start(app::with_data(scratch.data()));
    let second = App::start(app::with_data(scratch.data()));
    assert_eq!(applied(&first.stop()), FILES);
    assert_eq!(client::get(second.address(), "/bets").0, 200);
    second.stop();
    assert!(!scratch.has_server());
}

/// Until somebody waits for a lock in this database.
fn wait_for_waiter(url: &str) {
    const WAITERS: &str = "SELECT 1 FROM pg_stat_activity \
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let mut client = database::connect(url);
    while client.query_opt(WAITERS, &[]).unwrap().is_none() {}
}
