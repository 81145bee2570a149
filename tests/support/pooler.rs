use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use local_postgres::TemporaryPooler;
use postgres::{Client, NoTls, SimpleQueryMessage};

use crate::database::{Pool, TestDatabase, eventually};

/// How many connections to the server the clients share that have one for a transaction each.
pub const SHARED: usize = 3;

/// A database, and a PgBouncer in front of it.
#[derive(Debug)]
pub struct Pooled {
    /// The database, without the pooler.
    pub database: TestDatabase,
    /// The pooler.
    pub pooler: TemporaryPooler,
    /// The database's URL through the pooler.
    pub url: String,
    /// Whether clients share the connections to the server.
    pub is_shared: bool,
}

impl Pooled {
    /// Two: `pool_mode=transaction` and `pool_mode=session`.
    #[must_use]
    pub fn each() -> [Self; 2] {
        [Self::by_transaction(&[]), Self::new(false, &[])]
    }

    /// One that gives a client a connection for a transaction each, with more settings.
    #[must_use]
    pub fn by_transaction(settings: &[(&str, &str)]) -> Self {
        Self::new(true, settings)
    }

    /// One that does not look after prepared statements, which is all that versions before 1.21 do.
    #[must_use]
    pub fn without_prepared_statements() -> Self {
        let pooled = Self::by_transaction(&[]);
        let version = pooled.version();
        let is_old = ["1.18.", "1.19.", "1.20."].iter().any(|it| version.contains(it));
        if is_old { pooled } else { Self::by_transaction(&[("max_prepared_statements", "0")]) }
    }

    fn new(is_shared: bool, settings: &[(&str, &str)]) -> Self {
        let database = TestDatabase::new();
        let shared = SHARED.to_string();
        let (mode, size) = if is_shared { ("transaction", &*shared) } else { ("session", "50") };
        let settings = [&[("pool_mode", mode), ("default_pool_size", size)], settings].concat();
        let (pooler, url) = database.behind_a_pooler(&settings);
        Self { database, pooler, url, is_shared }
    }

    /// What the pooler says of itself, on its console.
    fn version(&self) -> String {
        let mut console = Client::connect(&self.pooler.url("pgbouncer"), NoTls).unwrap();
        let answer = console.simple_query("SHOW VERSION").unwrap();
        format!("{answer:?}")
    }

    /// A pool of so many connections at most to the pooler.
    #[must_use]
    pub fn pool(&self, size: u32) -> Pool {
        TestDatabase::pool_of(&self.url, size)
    }

    /// A client of the pooler.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::connect(&self.url, NoTls).unwrap()
    }

    /// Whoever comes next finds every connection as it was, and nothing is locked or open.
    #[track_caller]
    pub fn check_nothing_is_left(&self) {
        // In transactions at once, so that each has another connection to the server.
        let mut clients: Vec<_> = (0..SHARED).map(|_| self.client()).collect();
        for client in &mut clients {
            client.batch_execute("BEGIN").unwrap();
        }
        for client in &mut clients {
            assert_eq!(only_value(client, IS_CHANGED), UNCHANGED);
        }
        drop(clients);
        self.check_nothing_is_locked();
    }

    /// No transaction is open, and no lock of a history is held.
    #[track_caller]
    pub fn check_nothing_is_locked(&self) {
        let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                    AND state LIKE 'idle in%'";
        eventually("no transaction is open", || self.database.value(open) == "0");
        assert_eq!(self.database.locks(), "0");
    }
}

/// Other clients of a pooler, who look all the time whether their connection is as they expect it.
#[derive(Debug)]
pub struct Neighbours {
    threads: Vec<JoinHandle<()>>,
    is_over: Arc<AtomicBool>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Neighbours {
    /// As many as there are connections to the server, and one more.
    #[must_use]
    pub fn of(pooled: &Pooled) -> Self {
        let (is_over, seen) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let neighbour = |_| {
            let mut client = pooled.client();
            let (is_over, seen) = (Arc::clone(&is_over), Arc::clone(&seen));
            thread::spawn(move || look(&mut client, &is_over, &seen))
        };
        let threads = (0..=SHARED).map(neighbour).collect();
        Self { threads, is_over, seen }
    }

    /// Nobody has seen anything.
    #[track_caller]
    pub fn check(mut self) {
        self.end();
        assert_eq!(*self.seen.lock().unwrap(), [""; 0], "what other clients have seen");
    }

    fn end(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Drop for Neighbours {
    fn drop(&mut self) {
        self.end();
    }
}

fn look(client: &mut Client, is_over: &AtomicBool, seen: &Mutex<Vec<String>>) {
    while !is_over.load(Ordering::Relaxed) {
        let found = only_value(client, IS_CHANGED);
        if found != UNCHANGED {
            seen.lock().unwrap().push(found);
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Who one is, what is set in the session, how strings are read, and what else it holds; but for what
/// the client or the pooler sets when it connects, and what the pooler prepares.
const IS_CHANGED: &str = "SELECT concat_ws(', ', current_user, current_setting('role'), \
    (SELECT string_agg(name || ' = ' || setting, ', ' ORDER BY name) FROM pg_settings \
    WHERE source = 'session' AND setting <> reset_val AND name <> ALL ('{standard_conforming_strings, application_name, \
    client_encoding, DateStyle, IntervalStyle, TimeZone}')), \
    current_setting('standard_conforming_strings'), \
    (SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema()), \
    (SELECT count(*) FROM pg_prepared_statements WHERE name !~ '^PGBOUNCER_'))";
const UNCHANGED: &str = "postgres, none, on, 0, 0";

fn only_value(client: &mut Client, query: &str) -> String {
    let answer = client.simple_query(query).unwrap();
    let row = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    row.unwrap().to_owned()
}
