//! What the rules of the build say of statements is what a server says of them.

mod batches;
mod copies;

use std::fs;
use std::path::Path;

use migrations_source::{Folder, read};
use migrations_tests::TestDatabase;
use postgres::Client;

use crate::texts::scratch;

const SETUP: &str = "
    CREATE TABLE t (id int PRIMARY KEY, a int);
    CREATE INDEX ti ON t (a);
    CREATE TABLE pt (id int, a int) PARTITION BY RANGE (id);
    CREATE TABLE pt1 PARTITION OF pt FOR VALUES FROM (0) TO (10);
    CREATE MATERIALIZED VIEW mv AS SELECT 1 AS id;
    CREATE UNIQUE INDEX mvu ON mv (id);
    CREATE TYPE e AS ENUM ('a', 'b');
    CREATE TABLE et (x e, n text);
    CREATE SUBSCRIPTION s1 CONNECTION 'dbname=x' PUBLICATION p
        WITH (connect = false, slot_name = 's1');";

/// A subscription with a slot keeps its database from being dropped.
const TEARDOWN: &str = "ALTER SUBSCRIPTION s1 SET (slot_name = NONE); DROP SUBSCRIPTION s1;";

/// Each with the rule that finds its last statement, and what the server says of that.
const REFUSED: &[(&str, &str, &str)] = &[
    ("CREATE INDEX CONCURRENTLY i ON nosuch (a)", "not-in-transaction", "25001"),
    ("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)", "not-in-transaction", "25001"),
    ("create index /* c */ concurrently on t (a)", "not-in-transaction", "25001"),
    ("DROP INDEX CONCURRENTLY nosuch", "not-in-transaction", "25001"),
    ("DROP INDEX CONCURRENTLY IF EXISTS nosuch", "not-in-transaction", "25001"),
    ("REINDEX INDEX CONCURRENTLY nosuch", "not-in-transaction", "25001"),
    ("REINDEX TABLE CONCURRENTLY nosuch", "not-in-transaction", "25001"),
    ("REINDEX (CONCURRENTLY) TABLE nosuch", "not-in-transaction", "25001"),
    ("REINDEX (VERBOSE, CONCURRENTLY TRUE) INDEX nosuch", "not-in-transaction", "25001"),
    ("REINDEX (CONCURRENTLY 1) TABLE nosuch", "not-in-transaction", "25001"),
    ("REINDEX (CONCURRENTLY off, CONCURRENTLY) TABLE nosuch", "not-in-transaction", "25001"),
    ("REINDEX (CONCURRENTLY false) TABLE CONCURRENTLY nosuch", "not-in-transaction", "25001"),
    ("REINDEX SCHEMA nosuch", "not-in-transaction", "25001"),
    ("REINDEX (CONCURRENTLY false) SCHEMA nosuch", "not-in-transaction", "25001"),
    ("REINDEX SCHEMA CONCURRENTLY nosuch", "not-in-transaction", "25001"),
    ("REINDEX DATABASE nosuch", "not-in-transaction", "25001"),
    ("REINDEX DATABASE", "not-in-transaction", "25001"),
    ("REINDEX (VERBOSE) SYSTEM nosuch", "not-in-transaction", "25001"),
    ("VACUUM", "not-in-transaction", "25001"),
    ("VACUUM (ANALYZE) nosuch", "not-in-transaction", "25001"),
    ("VACUUM FULL ANALYZE nosuch (a)", "not-in-transaction", "25001"),
    ("CLUSTER", "not-in-transaction", "25001"),
    ("CLUSTER VERBOSE", "not-in-transaction", "25001"),
    ("CLUSTER (VERBOSE)", "not-in-transaction", "25001"),
    ("CREATE DATABASE d WITH TEMPLATE template0 OWNER nosuch", "not-in-transaction", "25001"),
    ("DROP DATABASE IF EXISTS nosuch WITH (FORCE)", "not-in-transaction", "25001"),
    ("ALTER DATABASE nosuch SET TABLESPACE pg_default", "not-in-transaction", "25001"),
    ("ALTER DATABASE nosuch WITH TABLESPACE = pg_default", "not-in-transaction", "25001"),
    ("CREATE TABLESPACE ts LOCATION '/nonexistent'", "not-in-transaction", "25001"),
    ("DROP TABLESPACE IF EXISTS nosuch", "not-in-transaction", "25001"),
    ("ALTER SYSTEM SET work_mem = '5MB'", "not-in-transaction", "25001"),
    ("ALTER SYSTEM RESET ALL", "not-in-transaction", "25001"),
    ("CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p", "not-in-transaction", "25001"),
    (
        "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (connect = 'on')",
        "not-in-transaction",
        "25001",
    ),
    (
        "ALTER SUBSCRIPTION s1 ENABLE; ALTER SUBSCRIPTION s1 REFRESH PUBLICATION",
        "not-in-transaction",
        "25001",
    ),
    (
        "ALTER SUBSCRIPTION s1 ENABLE; ALTER SUBSCRIPTION s1 SET PUBLICATION q",
        "not-in-transaction",
        "25001",
    ),
    ("ALTER SUBSCRIPTION s1 SET (binary = true, failover)", "not-in-transaction", "25001"),
    ("ALTER SUBSCRIPTION s1 SET (two_phase = off)", "not-in-transaction", "25001"),
    ("DROP SUBSCRIPTION s1", "not-in-transaction", "25001"),
    ("ALTER TABLE nosuch DETACH PARTITION p1 CONCURRENTLY", "not-in-transaction", "25001"),
    (
        "ALTER TABLE IF EXISTS ONLY s.nosuch DETACH PARTITION s.p1 CONCURRENTLY",
        "not-in-transaction",
        "25001",
    ),
    ("DISCARD ALL", "not-in-transaction", "25001"),
    ("DO $$ BEGIN VACUUM t; END $$", "not-in-transaction", "25001"),
    ("COMMIT PREPARED 'nosuch'", "transaction-control", "25001"),
    ("ROLLBACK PREPARED 'nosuch'", "transaction-control", "25001"),
    ("DO $$ BEGIN COMMIT; END $$", "committing-block", "2D000"),
    ("DO $$ BEGIN IF true THEN ROLLBACK AND CHAIN; END IF; END $$", "committing-block", "2D000"),
    ("ALTER TYPE e ADD VALUE 'c'; INSERT INTO et VALUES ('c')", "new-enum-value", "55P04"),
    (
        "ALTER TYPE e ADD VALUE 'c'; ALTER TABLE et ALTER x SET DEFAULT 'c'",
        "new-enum-value",
        "55P04",
    ),
    (
        "ALTER TYPE e ADD VALUE 'c'; DO $$ BEGIN INSERT INTO et VALUES ('c'); END $$",
        "new-enum-value",
        "55P04",
    ),
    ("SELECT 1 FORM t WHERE", "syntax", "42601"),
    ("SELECT 'a", "syntax", "42601"),
];

/// What the grammar of older servers refuses.
const NEWER: [&str; 4] = [
    "REINDEX DATABASE",
    "CLUSTER (VERBOSE)",
    "ALTER SUBSCRIPTION s1 SET (binary = true, failover)",
    "ALTER SUBSCRIPTION s1 SET (two_phase = off)",
];

/// What a transaction takes.
const TAKEN: &[&str] = &[
    "CREATE INDEX i ON t (a)",
    "CREATE INDEX \"concurrently\" ON t (a)",
    "REINDEX (VERBOSE) TABLE t",
    "REINDEX (CONCURRENTLY OFF, VERBOSE) INDEX ti",
    "REINDEX (CONCURRENTLY 'Off') TABLE t",
    "REINDEX (\"concurrently\" false) TABLE t",
    "REINDEX (CONCURRENTLY, CONCURRENTLY false) TABLE t",
    "ANALYZE (VERBOSE) t (a)",
    "CLUSTER t USING ti",
    "CLUSTER VERBOSE ti ON t",
    "ALTER DATABASE postgres SET work_mem = '8MB'",
    "ALTER DATABASE postgres SET default_tablespace = ''",
    "ALTER DATABASE postgres WITH ALLOW_CONNECTIONS true",
    "ALTER TABLESPACE pg_default SET (seq_page_cost = 1)",
    "ALTER TABLE ALL IN TABLESPACE pg_default SET TABLESPACE pg_default",
    "CREATE SUBSCRIPTION s CONNECTION 'dbname=x' PUBLICATION p WITH (connect = off)",
    "CREATE SUBSCRIPTION s CONNECTION 'dbname=x' PUBLICATION p WITH (\"connect\" = 0)",
    "ALTER SUBSCRIPTION s1 ADD PUBLICATION q WITH (copy_data = false, refresh = off)",
    "ALTER SUBSCRIPTION s1 SET (binary = true)",
    "ALTER SUBSCRIPTION s1 SET (slot_name = NONE); DROP SUBSCRIPTION s1",
    "ALTER TABLE pt DETACH PARTITION pt1",
    "DISCARD PLANS",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY mv",
    "ALTER TYPE e ADD VALUE IF NOT EXISTS 'c' BEFORE 'b'",
    "ALTER TYPE e ADD VALUE 'c'; COMMENT ON TYPE e IS 'c'",
    "ALTER TYPE e RENAME VALUE 'a' TO 'z'; INSERT INTO et VALUES ('z')",
    "DO $$ DECLARE commit int; BEGIN PERFORM 'commit;'; commit := 1; END $$",
    "CREATE PROCEDURE pz() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$",
    "LOCK TABLE t",
    "SET LOCAL lock_timeout = '1s'",
    "SAVEPOINT s; ROLLBACK TO s",
    "CHECKPOINT",
    "CREATE RULE r AS ON INSERT TO t DO ALSO (NOTIFY a; DELETE FROM et)",
];

#[test]
fn what_is_refused_cannot_run_in_a_transaction() {
    let server = Server::new("refused");
    for (text, rule, code) in REFUSED {
        assert_eq!(server.found(text), [*rule], "{text}");
        let answer = server.in_transaction(text);
        let is_too_new = NEWER.contains(text) && answer == "42601";
        assert!(answer == *code || is_too_new, "{text}: {answer}");
    }
}

#[test]
fn what_is_taken_runs_in_a_transaction() {
    let server = Server::new("taken");
    for text in TAKEN {
        assert_eq!(server.found(text), [""; 0], "{text}");
        assert_eq!(server.in_transaction(text), "00000", "{text}");
    }
}

#[test]
fn what_needs_a_transaction_is_refused_outside_of_one() {
    let server = Server::new("outside");
    for statement in
        ["SAVEPOINT a", "RELEASE a", "ROLLBACK TO a", "LOCK t", "DECLARE c CURSOR FOR SELECT 1"]
    {
        let text = format!("-- migrations: no-transaction\n{statement}; VACUUM");
        assert_eq!(server.found(&text), ["only-in-transaction"], "{statement}");
        assert_eq!(code_of(&mut server.database.client(), statement), "25P01", "{statement}");
    }
}

/// A migration may not end its transaction, because the server says nothing when it does.
#[test]
fn what_ends_a_transaction_is_no_error_to_the_server() {
    let server = Server::new("ends");
    for text in ["COMMIT", "END", "ROLLBACK", "ABORT", "COMMIT AND CHAIN"] {
        assert_eq!(server.found(text), ["transaction-control"], "{text}");
        assert_eq!(server.in_transaction(text), "00000", "{text}");
    }
}

struct Server {
    database: TestDatabase,
    folder: String,
}

impl Server {
    fn new(name: &str) -> Self {
        let folder = scratch(&format!("rules-{name}")).display().to_string();
        fs::create_dir_all(&folder).unwrap();
        let database = TestDatabase::new();
        database.client().batch_execute(SETUP).unwrap();
        Self { database, folder }
    }

    /// The rules that find something in a file.
    fn found(&self, text: &str) -> Vec<&'static str> {
        let problems = self.read(text).problems;
        problems.iter().map(|problem| problem.rule().map_or("none", |rule| rule.name())).collect()
    }

    fn read(&self, text: &str) -> Folder {
        let folder = Path::new(&self.folder);
        fs::write(folder.join("0001_case.sql"), text).unwrap();
        read(folder)
    }

    fn in_transaction(&self, text: &str) -> String {
        let mut client = self.database.client();
        client.batch_execute("BEGIN; SELECT 1").unwrap();
        let statements: Vec<_> = migrations_source::statements(text);
        let (last, before) = statements.split_last().unwrap();
        for statement in before {
            client.batch_execute(&text[statement.range.clone()]).unwrap();
        }
        code_of(&mut client, &text[last.range.clone()])
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.database.client().batch_execute(TEARDOWN).unwrap();
    }
}

fn code_of(client: &mut Client, statement: &str) -> String {
    match client.batch_execute(statement) {
        Ok(()) => "00000".into(),
        Err(error) => error.code().map_or_else(|| error.to_string(), |code| code.code().into()),
    }
}
