use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::sleep;
use std::time::{Duration, Instant};

use local_postgres::{Builder, TemporaryPooler, TemporaryServer};
use postgres::{Client, NoTls};
use r2d2_postgres::PostgresConnectionManager;

/// A pool as users make it.
pub type Pool = r2d2::Pool<PostgresConnectionManager<NoTls>>;

/// A database of its own for each test, on one server for each test process.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    url: String,
    server: Option<TemporaryServer>,
}

impl TestDatabase {
    /// An empty database.
    #[must_use]
    pub fn new() -> Self {
        Self::with_options("")
    }

    /// An empty database, with options of `CREATE DATABASE`.
    #[must_use]
    pub fn with_options(options: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        create(&name, options);
        Self { url: server().url(&name), name, server: None }
    }

    /// A database on a server of its own, for a test that crashes it.
    #[must_use]
    pub fn on_its_own_server() -> Self {
        // What was committed must be in the log when the server goes down.
        let server = start_server(|builder| builder.setting("synchronous_commit", "on"));
        let name = "postgres".to_owned();
        Self { url: server.url(&name), name, server: Some(server) }
    }

    /// A database on a server of its own, and the same on a hot standby of that.
    #[must_use]
    pub fn with_standby() -> (Self, Self) {
        let settings =
            [("wal_level", "replica"), ("max_wal_senders", "10"), ("wal_keep_size", "1GB")];
        let primary = start_server(|builder| {
            settings.iter().fold(builder, |builder, (name, value)| builder.setting(*name, *value))
        });
        let standby = start_server(|builder| builder.standby_of(&primary));
        let name = "postgres".to_owned();
        let of = |server: TemporaryServer| {
            let (url, name) = (server.url(&name), name.clone());
            Self { url, name, server: Some(server) }
        };
        (of(primary), of(standby))
    }

    /// A copy of it, as a backup is. Nobody may be connected to it.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self::with_options(&format!("TEMPLATE {}", self.name))
    }

    /// Its URL, over the server's unix socket.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A PgBouncer with these settings before its server, and the URL of this database through that.
    #[must_use]
    pub fn behind_a_pooler(&self, settings: &[(&str, &str)]) -> (TemporaryPooler, String) {
        let pooler = TemporaryPooler::start(server(), settings);
        let pooler = pooler.unwrap_or_else(|error| panic!("{error}"));
        let url = pooler.url(&self.name);
        (pooler, url)
    }

    /// The same for another role.
    #[must_use]
    pub fn url_of(&self, role: &str) -> String {
        let url = self.url.replacen("user=postgres", &format!("user={role}"), 1);
        assert_ne!(url, self.url);
        url
    }

    /// The server's socket, for a proxy.
    #[must_use]
    pub fn socket(&self) -> std::path::PathBuf {
        server().directory().join(format!(".s.PGSQL.{}", server().port()))
    }

    /// The URL of a proxy's port that leads to this database.
    #[must_use]
    pub fn url_through(&self, port: u16) -> String {
        format!("postgresql://postgres@127.0.0.1:{port}/{}", self.name)
    }

    /// A connection of the superuser.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::connect(&self.url, NoTls).unwrap()
    }

    /// Whether its server takes connections.
    #[must_use]
    pub fn is_up(&self) -> bool {
        Client::connect(&self.url, NoTls).is_ok()
    }

    /// A pool of so many connections at most.
    #[must_use]
    pub fn pool(&self, size: u32) -> Pool {
        Self::pool_of(&self.url, size)
    }

    /// A pool that gives up soon, and counts how often.
    #[must_use]
    pub fn impatient_pool(&self, size: u32) -> (Pool, TimeOuts) {
        let (patience, time_outs) = (Duration::from_secs(1), TimeOuts::default());
        let builder = builder(size).connection_timeout(patience);
        let pool = builder.event_handler(Box::new(time_outs.clone())).build(manager(&self.url));
        (pool.unwrap(), time_outs)
    }

    /// A pool whose sessions begin with these statements, as a customizer's do.
    #[must_use]
    pub fn customized_pool(&self, statements: &'static str) -> Pool {
        Self::customized_pool_of(&self.url, statements)
    }

    /// The same of connections to `url`.
    #[must_use]
    pub fn customized_pool_of(url: &str, statements: &'static str) -> Pool {
        builder(2)
            .connection_customizer(Box::new(Customizer(statements)))
            .build(manager(url))
            .unwrap()
    }

    /// A pool of connections to `url`, which sends nothing of its own.
    #[must_use]
    pub fn pool_of(url: &str, size: u32) -> Pool {
        builder(size).build(manager(url)).unwrap()
    }

    /// What its own server has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.server.as_ref().unwrap().log()
    }

    /// Runs statements as the superuser.
    pub fn execute(&self, sql: &str) {
        self.client().batch_execute(sql).unwrap();
    }

    /// The only value that a query returns, as text.
    #[must_use]
    pub fn value(&self, sql: &str) -> String {
        let row = self.client().query_one(&format!("SELECT ({sql})::text"), &[]).unwrap();
        row.get::<_, Option<String>>(0).unwrap_or_else(|| "NULL".into())
    }

    /// The recorded versions that are finished, of all sets, in order.
    #[must_use]
    pub fn recorded(&self) -> String {
        self.value(
            "SELECT string_agg(version::text, ' ' ORDER BY set_name, version) \
             FROM embedded_migrations WHERE duration IS NOT NULL",
        )
    }

    /// Returns when no other session is connected to this database.
    pub fn wait_until_unused(&self) {
        self.wait_until_alone(0);
    }

    /// Returns when no more than so many other sessions are connected to this database.
    pub fn wait_until_alone(&self, others: u32) {
        alone(&mut self.client(), others);
    }

    /// Makes it as new, in much less time than it takes to create one, when no more than so many other
    /// sessions are connected to it.
    pub fn empty(&self, others: u32) {
        let mut client = self.client();
        alone(&mut client, others);
        client.batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").unwrap();
    }

    /// How many advisory locks are held in this database.
    #[must_use]
    pub fn locks(&self) -> String {
        self.value(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' \
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        )
    }
}

impl Default for TestDatabase {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if self.server.is_some() {
            return;
        }
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        // The server goes away with the process, whatever becomes of this.
        let _ = administrator().batch_execute(&drop);
    }
}

fn alone(client: &mut Client, others: u32) {
    let sessions = format!(
        "SELECT count(*) <= {others} FROM pg_stat_activity WHERE datname = current_database() \
         AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    );
    eventually("no other session is connected", || {
        client.query_one(&sessions, &[]).unwrap().get::<_, bool>(0)
    });
}

/// Waits for something that comes to pass by itself. The minute is for a machine in trouble.
#[track_caller]
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(180), "never came to pass: {what}");
        sleep(Duration::from_millis(5));
    }
}

fn server() -> &'static TemporaryServer {
    static SERVER: OnceLock<TemporaryServer> = OnceLock::new();
    SERVER.get_or_init(|| start_server(|builder| builder))
}

fn start_server(options: impl FnOnce(Builder) -> Builder) -> TemporaryServer {
    let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/postgres-template");
    let builder = TemporaryServer::builder().template_cache(cache);
    options(builder).start().unwrap_or_else(|error| panic!("{error}"))
}

/// From 15 on, a server that is not told otherwise logs a new database block by block, which takes five
/// times as long as to copy files.
fn create(name: &str, options: &str) {
    let mut administrator = administrator();
    let version: String = administrator.query_one("SHOW server_version_num", &[]).unwrap().get(0);
    let is_told = version.parse::<u32>().unwrap() >= 150_000;
    let strategy = if is_told { "STRATEGY file_copy" } else { "" };
    let create = format!("CREATE DATABASE {name} {options} {strategy}");
    administrator.batch_execute(&create).unwrap();
}

fn administrator() -> Client {
    Client::connect(&server().url("postgres"), NoTls).unwrap()
}

fn manager(url: &str) -> PostgresConnectionManager<NoTls> {
    PostgresConnectionManager::new(url.parse().unwrap(), NoTls)
}

fn builder(size: u32) -> r2d2::Builder<PostgresConnectionManager<NoTls>> {
    r2d2::Pool::builder()
        .max_size(size)
        .min_idle(Some(0))
        .test_on_check_out(false)
        .connection_timeout(Duration::from_secs(60))
}

#[derive(Debug)]
struct Customizer(&'static str);

impl r2d2::CustomizeConnection<Client, postgres::Error> for Customizer {
    fn on_acquire(&self, client: &mut Client) -> Result<(), postgres::Error> {
        client.batch_execute(self.0)
    }
}

/// How often a pool had no connection to give.
#[derive(Clone, Debug, Default)]
pub struct TimeOuts(Arc<AtomicU32>);

impl TimeOuts {
    /// The count so far.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

impl r2d2::HandleEvent for TimeOuts {
    fn handle_timeout(&self, _: r2d2::event::TimeoutEvent) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
