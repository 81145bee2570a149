//! What is wrong is found: each case plants something, and the checker must complain of it.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use chaos::{Checker, Claims, Database, Kind, Scratch, Server, Stage};

struct Checked {
    server: Server,
    database: Database,
    checker: Checker,
    // Dropped last: the server's files are there.
    _scratch: Scratch,
}

impl Checked {
    /// A database in which all is applied.
    fn new(kind: Kind) -> Self {
        let scratch = Scratch::new().unwrap();
        let server = Server::start(scratch.path()).unwrap();
        let database = Database::create(&server, "checked").unwrap();
        let manager = database.url(&server).unwrap().parse().unwrap();
        let manager = r2d2_postgres::PostgresConnectionManager::new(manager, postgres::NoTls);
        let pool = r2d2::Pool::builder().max_size(3).build(manager).unwrap();
        kind.migrations().run(&pool).unwrap();
        drop(pool);
        let checker = Checker { kind, is_hooked: false, patience: Duration::from_secs(60) };
        Self { server, database, checker, _scratch: scratch }
    }

    fn complaints(&self, checker: &Checker) -> String {
        let mut client = self.database.client(&self.server).unwrap();
        let claims = Claims::of(&[], false);
        checker.check(&mut client, Stage::Finished, &claims).unwrap().join("\n")
    }

    #[track_caller]
    fn complains(&self, sql: &str, of: &str) {
        self.database.client(&self.server).unwrap().batch_execute(sql).unwrap();
        let complaints = self.complaints(&self.checker);
        assert!(complaints.contains(of), "{sql}: {complaints}");
    }
}

#[test]
fn what_is_right_is_not_complained_of() {
    for kind in [Kind::Transactional, Kind::NoTransaction] {
        let checked = Checked::new(kind);
        assert_eq!(checked.complaints(&checked.checker), "");
    }
}

#[test]
fn an_effect_twice() {
    let sql = "INSERT INTO ledger SELECT * FROM ledger WHERE version = 1";
    Checked::new(Kind::Transactional).complains(sql, "of 1 has 2 effects");
}

#[test]
fn a_record_without_its_effect() {
    let sql = "DELETE FROM ledger WHERE version = 1";
    Checked::new(Kind::Transactional).complains(sql, "of 1 has 0 effects");
}

#[test]
fn an_effect_without_its_record() {
    let sql = "DELETE FROM embedded_migrations WHERE version = 3";
    Checked::new(Kind::Transactional).complains(sql, "of 3 has 1 effects");
}

#[test]
fn an_invalid_index() {
    let sql = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'bets_player'::regclass";
    Checked::new(Kind::NoTransaction).complains(sql, "index bets_player is INVALID");
}

#[test]
fn a_session_and_a_lock_that_stay() {
    let checked = Checked::new(Kind::Transactional);
    let mut stays = checked.database.client(&checked.server).unwrap();
    stays.batch_execute("SELECT pg_advisory_lock(1)").unwrap();
    let impatient = Checker { patience: Duration::ZERO, ..checked.checker.clone() };
    let complaints = checked.complaints(&impatient);
    assert!(complaints.contains("a session is left: "), "{complaints}");
    assert!(complaints.contains("a lock is held: ExclusiveLock lock on advisory"), "{complaints}");
}
