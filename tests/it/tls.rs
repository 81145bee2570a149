//! Pools whose connections are encrypted, with certificates that are checked, on a server that takes
//! no others.

pub(crate) mod server;

use std::time::Duration;

use migrations_runtime::{Error, StopHandle};
use migrations_tests::{by_hand, by_name, eventually};
use postgres::config::{ChannelBinding, Config, SslMode};
use postgres::tls::{MakeTlsConnect, TlsConnect};
use postgres::{Client, NoTls, Socket};
use r2d2::{ManageConnection as _, Pool};
use r2d2_postgres::PostgresConnectionManager;

use server::{Authority, HOST, TlsServer};

/// What a connector of either library has to be for a pool.
trait Connector:
    MakeTlsConnect<Socket, TlsConnect: TlsConnect<Socket, Future: Send> + Send, Stream: Send>
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<T> Connector for T where
    T: MakeTlsConnect<Socket, TlsConnect: TlsConnect<Socket, Future: Send> + Send, Stream: Send>
        + Clone
        + Send
        + Sync
        + 'static
{
}

fn pool<T: Connector>(config: &Config, connector: T) -> Pool<PostgresConnectionManager<T>> {
    Pool::builder()
        .max_size(2)
        .connection_timeout(Duration::from_secs(60))
        .build_unchecked(PostgresConnectionManager::new(config.clone(), connector))
}

#[track_caller]
fn applies_over<T: Connector>(server: &TlsServer, connector: T) {
    let mut config = server.config(HOST);
    config.channel_binding(ChannelBinding::Require);
    let pool = pool(&config, connector);
    assert_eq!(by_name("base").run(&pool).unwrap().applied().len(), 3);
    let encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let is_encrypted: bool = pool.get().unwrap().query_one(encrypted, &[]).unwrap().get(0);
    assert!(is_encrypted);
}

/// What the pool says, and what was the matter, which `r2d2` keeps to itself.
#[track_caller]
fn refuses<T: Connector>(server: &TlsServer, config: &Config, connector: T) -> (Error, String) {
    let manager = PostgresConnectionManager::new(config.clone(), connector.clone());
    let cause = chain(&manager.connect().err().unwrap());
    let pool = Pool::builder().connection_timeout(Duration::from_millis(100));
    let pool = pool.build_unchecked(PostgresConnectionManager::new(config.clone(), connector));
    let error = by_name("base").run(&pool).unwrap_err();
    assert!(error.is_pool(), "{error}");
    let table = "SELECT to_regclass('embedded_migrations') IS NULL";
    assert!(server.administrator().query_one(table, &[]).unwrap().get::<_, bool>(0));
    (error, cause)
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[test]
fn applies_over_native_tls_with_a_checked_certificate() {
    let server = TlsServer::start();
    applies_over(&server, server.authority.native_tls());
}

#[test]
fn applies_over_rustls_with_a_checked_certificate() {
    let server = TlsServer::start();
    applies_over(&server, server.authority.rustls());
}

#[test]
fn a_certificate_of_another_authority_is_refused() {
    let (server, other) = (TlsServer::start(), Authority::new());
    let config = server.config(HOST);
    let (_, cause) = refuses(&server, &config, other.native_tls());
    assert!(cause.contains("certificate verify failed"), "{cause}");
    let (_, cause) = refuses(&server, &config, other.rustls());
    assert!(cause.contains("invalid peer certificate"), "{cause}");
}

#[test]
fn a_certificate_for_another_host_is_refused() {
    let server = TlsServer::start();
    let config = server.config("other.test");
    let (_, cause) = refuses(&server, &config, server.authority.native_tls());
    assert!(cause.to_lowercase().contains("hostname mismatch"), "{cause}");
    let (_, cause) = refuses(&server, &config, server.authority.rustls());
    assert!(cause.contains("certificate not valid for name \"other.test\""), "{cause}");
}

#[test]
fn a_plain_connection_is_refused_with_what_to_do() {
    let server = TlsServer::start();
    let mut config = server.config(HOST);
    config.ssl_mode(SslMode::Prefer);
    let (error, cause) = refuses(&server, &config, NoTls);
    assert!(cause.contains("no encryption"), "{cause}");
    let text = error.to_string();
    assert!(text.contains("  = next: check that the server runs and accepts"), "{text}");
    assert!(
        text.contains("where the server demands TLS, that the pool's manager has a connector"),
        "{text}"
    );
}

/// A request to cancel cannot be encrypted by `NoTls`; another session of the pool cancels instead.
#[test]
fn a_migration_is_stopped_over_tls() {
    let server = TlsServer::start();
    let pool = pool(&server.config(HOST), server.authority.rustls());
    let stop = StopHandle::new();
    let set = by_hand(&["SELECT pg_catalog.pg_sleep(600)"]);
    let runner = set.runner().stop_handle(stop.clone());
    let error = std::thread::scope(|scope| {
        let run = scope.spawn(|| runner.run(&pool).unwrap_err());
        let mut client = server.administrator();
        eventually("it sleeps", || is_sleeping(&mut client));
        stop.stop();
        run.join().unwrap()
    });
    assert!(error.is_stopped(), "{error}");
    assert!(!is_sleeping(&mut server.administrator()));
}

fn is_sleeping(client: &mut Client) -> bool {
    let sql = "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    client.query_one(sql, &[]).unwrap().get(0)
}
