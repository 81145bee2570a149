//! No password in what is said, logged or recorded, whatever goes wrong.

use std::fmt::{Debug, Write as _};
use std::sync::{Mutex, Once};
use std::time::Duration;

use migrations_tests::{by_hand, by_name};
use postgres::config::Config;
use r2d2::Pool;
use r2d2_postgres::PostgresConnectionManager;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::tls::server::{HOST, PASSWORD, TlsServer};

/// Everything that is logged in this process, by whichever crate.
struct Log(Mutex<String>);

static LOG: Log = Log(Mutex::new(String::new()));

impl Log {
    fn begin() {
        static BEGUN: Once = Once::new();
        BEGUN.call_once(|| {
            log::set_logger(&LOG).unwrap();
            log::set_max_level(log::LevelFilter::Trace);
        });
    }

    fn contains(&self, text: &str) -> bool {
        self.0.lock().unwrap().contains(text)
    }
}

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {}", record.target(), record.args());
        // The client logs what it sends, here what sets the tests' server up.
        if !line.contains("CREATE ROLE app LOGIN PASSWORD") {
            writeln!(self.0.lock().unwrap(), "{line}").unwrap();
        }
    }

    fn flush(&self) {}
}

fn pool(server: &TlsServer, config: &Config) -> Pool<PostgresConnectionManager<MakeRustlsConnect>> {
    let manager = PostgresConnectionManager::new(config.clone(), server.authority.rustls());
    let pool = Pool::builder().max_size(2).connection_timeout(Duration::from_secs(5));
    pool.build_unchecked(manager)
}

#[track_caller]
fn hides(secret: &str, said: &[&dyn Debug]) {
    for said in said {
        let (plain, pretty) = (format!("{said:?}"), format!("{said:#?}"));
        assert!(!plain.contains(secret) && !pretty.contains(secret), "{pretty}");
    }
}

#[test]
fn a_wrong_password_is_refused_and_said_nowhere() {
    const WRONG: &str = "wr0ng password";
    Log::begin();
    let server = TlsServer::start();
    let mut config = server.config(HOST);
    config.password(WRONG);
    let pool = pool(&server, &config);
    let runner = by_name("base").runner();
    let error = runner.run(&pool).unwrap_err();
    assert!(error.is_pool(), "{error}");
    hides(WRONG, &[&error, &error.to_string(), &std::error::Error::source(&error), &runner]);
    let log = server.log();
    assert!(log.contains("password authentication failed for user \"app\""), "{log}");
    assert!(LOG.contains("r2d2"), "the pool logs why it has no connection");
    assert!(!log.contains(WRONG) && !LOG.contains(WRONG));
}

#[test]
fn a_right_password_is_said_nowhere_in_runs_that_succeed_and_fail() {
    Log::begin();
    let server = TlsServer::start();
    let pool = pool(&server, &server.config(HOST));
    let report = by_name("base").run(&pool).unwrap();
    let fails = by_hand(&["SELECT 1", "SELECT 1/0"]);
    let error = fails.runner().set_name("fails").run(&pool).unwrap_err();
    let runner = by_name("base").runner();
    let status = runner.status(&pool).unwrap();
    hides(PASSWORD, &[&report, &error, &runner, &status, &server.config(HOST)]);
    let sql = "SELECT string_agg(h::text, ' ') FROM embedded_migrations h";
    let recorded: String = server.administrator().query_one(sql, &[]).unwrap().get(0);
    assert!(!recorded.contains(PASSWORD), "{recorded}");
    assert!(LOG.contains("migrations_runtime"), "the runs are logged");
    assert!(!LOG.contains(PASSWORD));
}
