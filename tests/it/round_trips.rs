//! How often the server is asked, and what.

use migrations_runtime::__private::Source;
use migrations_runtime::Migrations;
use migrations_tests::{
    Pool, Proxy, TestDatabase, by_hand, by_hand_source, by_hand_sources, by_name,
};

use crate::texts::set_of;

struct Counted {
    database: TestDatabase,
    proxy: Proxy,
    pool: Pool,
}

impl Counted {
    fn new() -> Self {
        let database = TestDatabase::new();
        let proxy = Proxy::new(database.socket());
        let pool = TestDatabase::pool_of(&database.url_through(proxy.port()), 1);
        drop(pool.get().unwrap());
        Self { database, proxy, pool }
    }

    /// The messages of a run, but for those of connecting.
    fn run(&self, set: &Migrations) -> Vec<String> {
        let _ = self.proxy.take_messages();
        set.run(&self.pool).unwrap();
        let messages = self.proxy.take_messages();
        // An empty one makes the client notice the end of a session; it may or may not arrive.
        messages.into_iter().filter(|message| !message.is_empty()).collect()
    }
}

fn is_ddl(message: &str) -> bool {
    let ddl = ["CREATE TABLE", "CREATE SCHEMA", "ALTER ", "DROP ", "COMMENT ON"];
    ddl.iter().any(|words| message.contains(words))
}

#[test]
fn nothing_pending_is_one_message_without_ddl_lock_or_prepared_statement() {
    let counted = Counted::new();
    counted.run(by_name("base"));
    let messages = counted.run(by_name("base"));
    assert_eq!(messages.len(), 1, "{messages:#?}");
    let words = ["BEGIN", "advisory", "INSERT", "PREPARE"];
    assert!(words.iter().all(|word| !messages[0].contains(word)), "{messages:#?}");
    assert!(!is_ddl(&messages[0]), "{messages:#?}");
}

#[test]
fn nothing_pending_is_answered_in_as_many_bytes_for_one_migration_as_for_many() {
    let bytes = |count| {
        let names: Vec<_> = (1..=count).map(|number| format!("{number:04}_nothing.sql")).collect();
        let files: Vec<_> = names.iter().map(|name| (name.as_str(), "SELECT 1")).collect();
        let (set, counted) = (set_of(&files), Counted::new());
        counted.run(&set);
        let _ = counted.proxy.take_answered();
        assert_eq!(counted.run(&set).len(), 1);
        counted.proxy.take_answered()
    };
    assert!(bytes(1) > 0);
    assert_eq!(bytes(1), bytes(12));
}

#[test]
fn nothing_pending_but_rows_of_a_newer_binary_is_one_message() {
    let counted = Counted::new();
    counted.run(by_name("newer"));
    assert_eq!(counted.run(by_name("base")).len(), 1);
}

/// Ask, ask where we are, and read the rows, without the lock.
#[test]
fn nothing_pending_but_something_tolerated_is_three_messages() {
    let older_text = by_hand(&["SELECT 1"]);
    let accepts =
        Source { checksum: [9; 32], accepted: &[[1; 32]], ..by_hand_source(1, "SELECT 2") };
    let accepts = by_hand_sources(&[accepts]);
    for (first, then) in [(by_name("base"), by_name("renamed")), (&older_text, &accepts)] {
        let counted = Counted::new();
        counted.run(first);
        let messages = counted.run(then);
        assert_eq!(messages.len(), 3, "{messages:#?}");
        assert!(messages.iter().all(|message| !message.contains("advisory")), "{messages:#?}");
    }
}

/// Together with SQL of ours it would stand in memory twice.
#[test]
fn a_large_file_is_a_message_by_itself() {
    let text = format!("SELECT 1; -- {}", "x".repeat(1 << 20)).leak();
    let messages = Counted::new().run(&by_hand(&[text]));
    assert!(messages.iter().any(|message| message == text), "{}", messages.len());
}

/// Ask, ask where we are, lock, look, and one for each; then the session is ended.
#[test]
fn each_migration_is_one_message() {
    let counted = Counted::new();
    counted.run(by_name("first"));
    let messages = counted.run(by_name("base"));
    let of = |file: &str| messages.iter().filter(|message| message.contains(file)).count();
    assert_eq!((of("0002_increment.sql"), of("0004_create_notes.sql")), (1, 1));
    assert_eq!(messages.len(), 4 + 2 + 1, "{messages:#?}");
    assert_eq!(messages.iter().filter(|message| is_ddl(message)).count(), 1, "the file's own");
}

#[test]
fn the_first_run_creates_the_history_in_one_more_message() {
    let counted = Counted::new();
    let messages = counted.run(by_name("base"));
    assert_eq!(messages.len(), 5 + 3 + 1, "{messages:#?}");
    assert_eq!(counted.database.recorded(), "1 2 4");
}

/// Simple queries only: `P`, `B` and `E` would be those of the extended protocol.
#[test]
fn nothing_is_ever_prepared() {
    let counted = Counted::new();
    let messages = counted.run(by_name("base"));
    assert!(messages.iter().all(|message| message.len() > 1), "{messages:#?}");
}

/// A snapshot of the session that holds the lock is what an index that is built would wait for, without
/// end. The statements begin with a comment that says which one they are.
#[test]
fn the_session_that_holds_the_lock_is_sent_comments_only_while_statements_run() {
    let database = TestDatabase::new();
    by_name("ten-statements-begun").run(&database.pool(1)).unwrap();
    let proxy = Proxy::new(database.socket());
    let pool = TestDatabase::pool_of(&database.url_through(proxy.port()), 2);
    by_name("ten-statements").run(&pool).unwrap();
    let messages = proxy.take_messages();
    let comment = "/* applying 0002_ten_statements.sql outside of a transaction */";
    let to_holder: Vec<_> = messages.iter().filter(|it| it.starts_with(comment)).collect();
    assert!(to_holder.len() >= 10, "{messages:#?}");
    assert!(to_holder.iter().all(|it| *it == comment), "{to_holder:#?}");
}
