//! The page, most of it in a real browser.

mod looks;
mod runs;

use crate::app::{self, App};
use crate::browser::Browser;
use crate::client;
use crate::database;
use local_postgres::TemporaryServer;

fn page(app: &App) -> String {
    format!("http://{}/migrations", app.address())
}

/// It does not change while a test looks at one part after the other.
fn still(app: &App) -> String {
    format!("{}?refresh=off", page(app))
}

#[test]
fn it_shows_what_is_applied_to_everybody() {
    let app = App::start(app::with_database(&database::create("page")));
    let browser = Browser::start(true);
    browser.resize(1200, 800);
    browser.open(&still(&app));
    assert_eq!(browser.title(), "Current: nothing is pending · migrations");
    assert_eq!(browser.texts("[role=status]"), ["Current: nothing is pending"]);
    let columns = ["Version", "Name", "State", "Applied at (UTC)", "Took", "By"];
    assert_eq!(browser.texts("thead th[scope=col]"), columns);
    assert_eq!(browser.texts("tbody th[scope=row]").len(), 4);
    assert_eq!(browser.texts("tbody meter").len(), 4);
    for (css, role) in [("table", "table"), ("tbody th", "rowheader"), ("thead th", "columnheader")]
    {
        assert_eq!(browser.role(css), role, "{css}");
    }
    assert_eq!(browser.role("meter"), "meter");
    assert_eq!(browser.role("main > p"), "status");
    assert_eq!(browser.complaints(), serde_json::json!([]));
    drop(browser);
    app.stop();
}

#[test]
fn it_says_what_a_start_would_refuse_and_what_is_pending() {
    let url = database::create("page_refused");
    let app = App::start(app::with_database(&url));
    database::execute(&url, "DELETE FROM embedded_migrations WHERE version = 3");
    let pending = client::get(app.address(), "/migrations").1;
    assert!(pending.as_str().unwrap().contains("<title>Pending: 1 "), "{pending}");
    let edited = "UPDATE embedded_migrations SET checksum = 'sha256:' || repeat('0', 64), \
                  application = '<script>' WHERE version = 1";
    database::execute(&url, edited);
    let page = client::get(app.address(), "/migrations").1;
    let page = page.as_str().unwrap();
    assert!(page.contains("<title>Refused: 1 problems"), "{page}");
    assert!(page.contains("0001_record_odds_and_settlement.sql was changed after it"), "{page}");
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script>"), "{page}");
    app.stop();
}

#[test]
fn without_the_database_it_shows_what_is_embedded() {
    let server = TemporaryServer::start().unwrap();
    let app = App::start(app::with_database(&server.url("postgres")));
    drop(server);
    let (status, page) = client::get(app.address(), "/migrations");
    let page = page.as_str().unwrap();
    assert_eq!(status, 503);
    assert!(page.contains("<li>0003_index_bets.sql</li>"), "{page}");
    assert!(page.contains("<p>no connection to the database; the log tells more.</p>"), "{page}");
    let log = app.stop().concat();
    assert!(log.contains("Failed to look at the migrations: "), "{log}");
}

/// The whole error names what is only for those who read the log.
#[test]
fn an_error_of_the_server_is_told_by_its_code_only() {
    let url = database::create("page_error");
    let app = App::start(app::with_database(&url));
    let secret = "ALTER TABLE embedded_migrations RENAME COLUMN applied_at TO secret";
    database::execute(&url, secret);
    let (status, page) = client::get(app.address(), "/migrations");
    let page = page.as_str().unwrap();
    assert_eq!(status, 503);
    assert!(page.contains("the server has refused a statement (SQLSTATE 42703)"), "{page}");
    assert!(!page.contains("applied_at"), "{page}");
    let log = app.stop().concat();
    assert!(log.contains("applied_at"), "{log}");
}

#[test]
fn a_time_that_no_clock_has_shown_is_told() {
    let url = database::create("page_times");
    let app = App::start(app::with_database(&url));
    for (at, expected) in [
        ("10000-01-01 00:00+00", "after the year 9999"),
        ("infinity", "after the year 9999"),
        ("1969-12-31 00:00+00", "before the year 1970"),
        ("-infinity", "before the year 1970"),
    ] {
        let update =
            format!("UPDATE embedded_migrations SET applied_at = '{at}' WHERE version = 1");
        database::execute(&url, &update);
        let (status, page) = client::get(app.address(), "/migrations");
        assert_eq!(status, 200, "{at}");
        assert!(page.as_str().unwrap().contains(expected), "{at}: {page}");
    }
    app.stop();
}
