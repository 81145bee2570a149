use crate::app::{self, App, FILES, applied};
use crate::client;
use crate::database;
use crate::scratch::Scratch;

#[test]
fn the_first_start_applies_all_and_the_second_nothing() {
    let url = database::create("starts");
    let first = App::start(app::with_database(&url)).stop();
    assert_eq!(applied(&first), FILES);
    assert!(first.contains(&"Migration complete: Applied: 4, Skipped: 0".into()), "{first:#?}");
    let second = App::start(app::with_database(&url)).stop();
    assert_eq!(applied(&second), [""; 0]);
    assert!(second.contains(&"Migration complete: Applied: 0, Skipped: 4".into()), "{second:#?}");
}

#[test]
fn after_a_wipe_of_the_schema_all_is_applied_again() {
    let url = database::create("wiped");
    App::start(app::with_database(&url)).stop();
    database::execute(&url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    let app = App::start(app::with_database(&url));
    assert_eq!(client::get(app.address(), "/bets").0, 200);
    assert_eq!(applied(&app.stop()), FILES);
}

#[test]
fn migrate_only_applies_and_exits() {
    let mut command = app::with_database(&database::create("migrate_only"));
    let output = app::run_to_end(command.arg("--migrate-only"));
    let log = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(log.ends_with("Migration complete: Applied: 4, Skipped: 0\n"), "{log}");
    assert!(output.stderr.is_empty());
}

#[test]
fn to_serve_nothing_and_to_stay_is_wrong_use() {
    let output = app::run_to_end(app::command().args(["--migrate-only", "--stay"]));
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(error.starts_with("example-app: `--migrate-only` serves nothing"), "{error}");
    assert!(error.contains("cannot be used with `--stay`"), "{error}");
    assert!(output.stdout.is_empty());
}

#[test]
fn starts_at_once_share_a_private_server_and_apply_once() {
    let scratch = Scratch::new("shared");
    let mut apps = [(); 2].map(|()| App::spawn(app::with_data(scratch.data())));
    for app in &mut apps {
        app.read_until("Ready on http://");
        assert_eq!(client::get(app.address(), "/bets").0, 200);
    }
    assert!(scratch.has_server());
    let logs = apps.map(App::stop);
    assert_eq!(applied(&logs.concat()).len(), FILES.len(), "{logs:#?}");
    assert!(!scratch.has_server());
}

#[test]
fn a_migration_that_fails_is_told_once_and_where() {
    let url = database::create("failing");
    database::execute(&url, "CREATE TABLE bets (id int)");
    let output = app::run_to_end(&mut app::with_database(&url));
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains("0000_baseline.sql:"), "{error}");
    assert_eq!(error.matches("already exists").count(), 1, "{error}");
    assert!(!error.contains("db error"), "{error}");
}

#[test]
fn without_postgresql_one_line_says_what_to_do() {
    let output = app::run_to_end(app::command().env("PG_BIN", "/nowhere"));
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(error.contains("PG_BIN"), "{error}");
}

#[test]
fn an_unknown_argument_is_answered_with_the_usage() {
    let output = app::run_to_end(app::command().arg("--verbose"));
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(error.contains("'--verbose'") && error.contains("Usage:"), "{error}");
    let help = app::run_to_end(app::command().arg("--help"));
    assert_eq!(help.status.code(), Some(0));
    assert!(String::from_utf8(help.stdout).unwrap().contains("Usage:"));
}

#[test]
fn an_address_in_use_is_named() {
    let app = App::start(app::with_database(&database::create("listening")));
    let address = app.address().to_string();
    let mut second = app::with_database(&database::create("not_listening"));
    let output = app::run_to_end(second.args(["--listen", &address]));
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(error.starts_with(&format!("failed to listen on {address}: ")), "{error}");
}

#[test]
fn the_password_of_an_unusable_url_is_not_told() {
    // Of the third, the client's own error names an option `secret`.
    let urls = [
        "postgres://user:secret@:x/db",
        "postgres:///db?password=secret",
        "host=localhost user=u password=not secret=quoted",
    ];
    for url in urls {
        let output = app::run_to_end(&mut app::with_database(url));
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(error.contains("DATABASE_URL") && !error.contains("secret"), "{error}");
    }
}
