use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::app::{self, App, FILES, applied};
use crate::client;
use crate::database;
use crate::scratch::Scratch;
use r2d2_postgres::postgres::{Client, Transaction};

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

/// A statement that is left alone would still wait for the lock when its client is gone.
#[test]
fn a_signal_during_the_migrations_cancels_the_statement() {
    let url = database::create("early_signal");
    let mut blocker = database::connect(&url);
    let transaction = block_migrations(&mut blocker);
    let mut app = App::spawn(app::with_database(&url));
    wait_for_waiter(&url);
    app.signal("TERM");
    assert_eq!(app.wait().code(), Some(0));
    assert_eq!(waiters(&mut database::connect(&url)), 0);
    wait_until_gone(&url);
    transaction.rollback().unwrap();
    App::start(app::with_database(&url)).stop();
}

#[test]
fn stopped_migrations_are_told_and_what_they_have_left() {
    let url = database::create("told");
    let mut blocker = database::connect(&url);
    let _transaction = block_migrations(&mut blocker);
    let mut app = App::spawn(app::with_database(&url));
    wait_for_waiter(&url);
    app.signal("INT");
    app.read_until("0000_baseline.sql: stopped");
    app.read_until("rolled back, it left nothing");
    app.read_until("Stopping early");
    assert_eq!(app.wait().code(), Some(0));
    assert_eq!(applied(app.log()), [""; 0]);
}

#[test]
fn a_signal_ends_the_wait_for_the_migrations_of_others() {
    let url = database::create("early_signal_to_one");
    let mut blocker = database::connect(&url);
    let transaction = block_migrations(&mut blocker);
    let mut first = App::spawn(app::with_database(&url));
    wait_for_waiter(&url);
    let mut second = App::spawn(app::with_database(&url));
    second.read_until("Waiting for the migrations of");
    second.signal("TERM");
    assert_eq!(second.wait().code(), Some(0));
    transaction.rollback().unwrap();
    first.read_until("Ready on http://");
    assert_eq!(applied(&first.stop()), FILES);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let url = database::create("second_signal");
    let mut app = App::start(app::with_database(&url));
    let mut blocker = database::connect(&url);
    let mut transaction = blocker.transaction().unwrap();
    transaction.batch_execute("LOCK TABLE bets").unwrap();
    let mut request = TcpStream::connect(app.address()).unwrap();
    request.write_all(b"GET /bets HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    wait_for_waiter(&url);
    app.signal("TERM");
    app.read_until("Stopping");
    app.signal("TERM");
    assert_eq!(app.wait().code(), Some(1));
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

/// The first migration waits for a table of the same name, whose transaction has not ended.
pub(crate) fn block_migrations(blocker: &mut Client) -> Transaction<'_> {
    let mut transaction = blocker.transaction().unwrap();
    transaction.batch_execute("CREATE TABLE bets ()").unwrap();
    transaction
}

/// Until somebody waits for a lock in this database.
pub(crate) fn wait_for_waiter(url: &str) {
    wait_for_waiters(url, 1);
}

/// Until so many wait for locks in this database.
pub(crate) fn wait_for_waiters(url: &str, count: usize) {
    let mut client = database::connect(url);
    while waiters(&mut client) < count {}
}

fn waiters(client: &mut Client) -> usize {
    const WAITERS: &str = "SELECT 1 FROM pg_stat_activity \
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    client.query(WAITERS, &[]).unwrap().len()
}

/// Until the service has no session in this database: the server takes a moment to see it off.
pub(crate) fn wait_until_gone(url: &str) {
    const SESSIONS: &str = "SELECT pid FROM pg_stat_activity \
        WHERE datname = current_database() AND application_name = 'example-app'";
    let mut client = database::connect(url);
    while !client.query(SESSIONS, &[]).unwrap().is_empty() {}
}
