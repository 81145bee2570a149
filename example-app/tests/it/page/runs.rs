//! What runs and what has failed, without scripts.

use std::cell::RefCell;

use local_postgres::TemporaryServer;
use r2d2_postgres::postgres::Client;

use super::{page, still};
use crate::app::{self, App};
use crate::browser::Browser;
use crate::database;
use crate::stop::{block_migrations, wait_for_waiter};

/// On a wide screen.
fn open(url: &str) -> Browser {
    let browser = Browser::start(false);
    browser.resize(1200, 800);
    browser.open(url);
    browser
}

/// The third cell of each row.
fn states(browser: &Browser) -> Vec<String> {
    browser.texts("tbody td:nth-child(3)")
}

/// Waits for the page to show who migrates, and this state of the first file. What waits for a lock too
/// long is tried again, so for moments there may be something else to see; at no time what anybody runs.
fn wait_until_running(browser: &Browser, url: &str, state: impl Fn(i32) -> String) {
    let client = RefCell::new(database::connect(url));
    browser.wait_for(|browser| {
        let Some(pid) = lock_holder(&mut client.borrow_mut()) else { return false };
        let who = format!("pid {pid}, example-app, active, transaction open for ");
        let first = state(pid);
        let shown = browser.texts("main").concat();
        let has_sql = ["/*", "INSERT", "SET "].iter().any(|sql| shown.contains(sql));
        assert!(!has_sql, "{shown}");
        browser.title() == "Running: 4 pending · migrations"
            && shown.contains(&who)
            && states(browser) == [first.as_str(), "pending", "pending", "pending"]
    });
}

/// The process of the server that has the lock of the migrations.
fn lock_holder(client: &mut Client) -> Option<i32> {
    const HOLDER: &str = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted \
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    client.query_opt(HOLDER, &[]).unwrap().map(|row| row.get(0))
}

/// It migrates, and does not get on.
fn migrating(url: &str) -> App {
    let mut app = App::spawn(app::with_database(url));
    app.read_until("Listening on http://");
    wait_for_waiter(url);
    app
}

#[test]
fn it_refreshes_itself_while_this_process_migrates() {
    let url = database::create("page_running");
    let mut blocker = database::connect(&url);
    let transaction = block_migrations(&mut blocker);
    let mut app = migrating(&url);
    let browser = open(&page(&app));
    wait_until_running(&browser, &url, |_| "running (in this process)".into());
    transaction.rollback().unwrap();
    browser.wait_for(|browser| browser.title().starts_with("Current: "));
    app.read_until("Ready on http://");
    drop(browser);
    app.stop();
}

#[test]
fn the_refreshing_can_be_stopped_and_begun_again() {
    let url = database::create("page_still");
    let mut blocker = database::connect(&url);
    let transaction = block_migrations(&mut blocker);
    let mut app = migrating(&url);
    let browser = open(&page(&app));
    assert_eq!(browser.role("nav a"), "link");
    browser.follow("Stop refreshing this page");
    browser.wait_for(|browser| browser.texts("nav a") == ["Refresh this page by itself"]);
    assert_eq!(browser.texts("meta[http-equiv=refresh]").len(), 0);
    let title = browser.title();
    assert!(title.contains(": 4 pending"), "{title}");
    transaction.rollback().unwrap();
    app.read_until("Ready on http://");
    assert_eq!(browser.title(), title);
    browser.follow("Refresh this page by itself");
    browser.wait_for(|browser| browser.title().starts_with("Current: "));
    drop(browser);
    app.stop();
}

#[test]
fn a_process_that_waits_shows_what_another_one_does() {
    let url = database::create("page_second");
    let mut blocker = database::connect(&url);
    let transaction = block_migrations(&mut blocker);
    let mut first = migrating(&url);
    let mut second = App::spawn(app::with_database(&url));
    second.read_until("Waiting for the migrations of");
    let browser = open(&page(&second));
    wait_until_running(&browser, &url, |pid| format!("running (by pid {pid})"));
    transaction.rollback().unwrap();
    browser.wait_for(|browser| states(browser) == ["applied"; 4]);
    drop(browser);
    for app in [&mut first, &mut second] {
        app.read_until("Ready on http://");
    }
    first.stop();
    second.stop();
}

#[test]
fn a_visitor_is_told_which_file_has_failed() {
    let url = database::create("page_failed");
    database::execute(&url, "CREATE TABLE bets (id int)");
    let mut command = app::with_database(&url);
    command.arg("--stay");
    let mut app = App::spawn(command);
    app.read_until("Not ready: ");
    let browser = open(&still(&app));
    assert_eq!(browser.texts("[role=status]"), ["Failed: the migrations of this process"]);
    let told = "0000_baseline.sql: the server has refused a statement (SQLSTATE 42P07); \
                the log tells more.";
    assert_eq!(browser.texts("h2 + p"), [told]);
    let expected = ["failed (SQLSTATE 42P07)", "pending", "pending", "pending"];
    assert_eq!(states(&browser), expected);
    assert!(!browser.texts("main").concat().contains("already exists"));
    drop(browser);
    app.stop();
}

#[test]
fn a_visitor_is_told_that_the_database_does_not_answer() {
    let server = TemporaryServer::start().unwrap();
    let app = App::start(app::with_database(&server.url("postgres")));
    drop(server);
    let browser = open(&still(&app));
    assert_eq!(browser.texts("[role=status]"), ["Unknown: the database does not answer"]);
    let told = "no connection to the database; the log tells more.";
    assert_eq!(browser.texts("h2 + p"), [told]);
    assert_eq!(browser.texts("li"), app::FILES);
    drop(browser);
    app.stop();
}
