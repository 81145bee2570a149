//! `Runner::role`: a login that may do little applies migrations as a role that owns what they create.

use migrations_runtime::{Migrations, Revert, Runner};
use migrations_tests::{Pool, Proxy, TestDatabase, by_hand, by_hand_set, by_hand_source, by_name};

/// A database whose schema `public` belongs to `NAME_owner`, and a login `NAME` that is a member of
/// that role and has no right of its own.
struct Given {
    database: TestDatabase,
    login: &'static str,
}

impl Given {
    fn new(login: &'static str) -> Self {
        let database = TestDatabase::new();
        database.execute(&format!(
            "CREATE ROLE {login}_owner; CREATE ROLE {login} LOGIN NOINHERIT IN ROLE {login}_owner; \
             ALTER SCHEMA public OWNER TO {login}_owner; \
             REVOKE ALL ON SCHEMA public FROM public"
        ));
        Self { database, login }
    }

    fn pool(&self) -> Pool {
        TestDatabase::pool_of(&self.database.url_of(self.login), 3)
    }

    fn runner(&self, set: &Migrations) -> Runner {
        set.runner().role(format!("{}_owner", self.login))
    }

    /// What of the schema belongs to other roles than the owner.
    fn not_owned(&self) -> String {
        let sql = "SELECT string_agg(relname, ' ') FROM pg_class \
                   WHERE relnamespace = 'public'::regnamespace AND pg_get_userbyid(relowner) <> ";
        self.database.value(&format!("{sql} '{}_owner'", self.login))
    }
}

fn roles_of(pool: &Pool) -> String {
    let sql = "SELECT concat_ws(' ', session_user, current_user)";
    pool.get().unwrap().query_one(sql, &[]).unwrap().get(0)
}

#[test]
fn a_login_without_rights_applies_as_the_role_which_owns_everything() {
    let given = Given::new("role_inside");
    let report = given.runner(by_name("base")).run(&given.pool()).unwrap();
    assert_eq!(report.applied().len(), 3);
    assert_eq!(given.not_owned(), "NULL");
    let by = "SELECT DISTINCT applied_by FROM embedded_migrations";
    assert_eq!(given.database.value(by), "role_inside_owner");
}

/// In transactions, alone, and in batches.
#[test]
fn statements_that_run_one_by_one_run_as_the_role() {
    let given = Given::new("role_outside");
    let pool = given.pool();
    given.runner(by_name("ten-statements")).run(&pool).unwrap();
    given.runner(by_name("batches-simple")).set_name("batches").run(&pool).unwrap();
    assert_eq!(given.not_owned(), "NULL");
    let index = "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'i10'";
    assert_eq!(given.database.value(index), "role_outside_owner");
    assert_eq!(roles_of(&pool), "role_outside role_outside");
}

#[test]
fn repeatable_objects_dry_runs_and_reverts_run_as_the_role() {
    let given = Given::new("role_operates");
    let pool = given.pool();
    assert!(given.runner(by_name("base")).dry_run(&pool).unwrap().error().is_none());
    given.runner(by_name("repeatable")).set_name("views").run(&pool).unwrap();
    let revertible = given.runner(by_name("revertible")).set_name("down");
    revertible.run(&pool).unwrap();
    assert!(!revertible.down(&pool, Revert::Steps(1)).unwrap().reverted().is_empty());
    assert_eq!(given.not_owned(), "NULL");
    assert_eq!(roles_of(&pool), "role_operates role_operates");
}

#[test]
fn what_a_file_does_to_the_role_does_not_reach_the_next_one() {
    let given = Given::new("role_resets");
    given.database.execute("GRANT CREATE, USAGE ON SCHEMA public TO role_resets");
    let files = by_hand(&["RESET ROLE; CREATE TABLE of_login ()", "CREATE TABLE of_owner ()"]);
    given.runner(&files).run(&given.pool()).unwrap();
    assert_eq!(given.not_owned(), "of_login");
}

/// The pool's next user has the login's rights, not the role's.
#[test]
fn connections_go_back_as_the_login() {
    let given = Given::new("role_returns");
    let pool = given.pool();
    let runner = given.runner(by_name("base"));
    runner.run(&pool).unwrap();
    assert_eq!(roles_of(&pool), "role_returns role_returns");
    assert!(runner.is_current(&pool).unwrap());
    assert!(runner.status(&pool).unwrap().holder().is_none());
    assert_eq!(runner.run(&pool).unwrap().skipped().len(), 3);
    assert_eq!(roles_of(&pool), "role_returns role_returns");
    pool.get().unwrap().execute("SELECT FROM embedded_migrations", &[]).unwrap_err();
}

/// The login may not read the history; the question is asked as the role, in the same message.
#[test]
fn nothing_pending_is_one_message_with_a_role_too() {
    let given = Given::new("role_asks");
    let runner = given.runner(by_name("base"));
    runner.run(&given.pool()).unwrap();
    let proxy = Proxy::new(given.database.socket());
    let url = given.database.url_through(proxy.port()).replace("postgres@", "role_asks@");
    let pool = TestDatabase::pool_of(&url, 1);
    drop(pool.get().unwrap());
    let _ = proxy.take_messages();
    runner.run(&pool).unwrap();
    let messages = proxy.take_messages();
    assert_eq!(messages.len(), 1, "{messages:#?}");
    assert!(messages[0].starts_with("SET LOCAL ROLE \"role_asks_owner\"; "), "{messages:#?}");
}

/// The role ends with each transaction, so that a pooler gives it to nobody else.
#[test]
fn the_role_is_never_set_for_a_session_that_goes_on() {
    let given = Given::new("role_local");
    let proxy = Proxy::new(given.database.socket());
    let url = given.database.url_through(proxy.port()).replace("postgres@", "role_local@");
    let pool = TestDatabase::pool_of(&url, 1);
    let runner = given.runner(by_name("base"));
    runner.run(&pool).unwrap();
    runner.status(&pool).unwrap();
    let messages = proxy.take_messages();
    for message in messages.iter().filter(|message| message.contains("SET ROLE \"")) {
        let behind = message.rsplit("SET ROLE \"").next().unwrap();
        assert!(behind.contains("; BEGIN ISOLATION LEVEL READ COMMITTED"), "{message}");
    }
    let last = messages.iter().rfind(|message| message.contains("pg_terminate_backend")).unwrap();
    assert!(last.starts_with("ROLLBACK; RESET SESSION AUTHORIZATION; SET ROLE NONE"), "{last}");
}

#[test]
fn a_role_that_may_not_be_set_is_one_clear_error() {
    let given = Given::new("role_denied");
    given.database.execute("REVOKE role_denied_owner FROM role_denied");
    let runner = given.runner(by_name("base"));
    let expected = "\"role_denied\" cannot take on the role \"role_denied_owner\", which \
                    `Runner::role` names: permission denied to set role \"role_denied_owner\" \
                    (SQLSTATE 42501)\n  = next: GRANT \"role_denied_owner\" TO \"role_denied\"";
    let pool = given.pool();
    let error = runner.run(&pool).unwrap_err().to_string();
    assert!(error.starts_with(expected), "{error}");
    let error = runner.status(&pool).unwrap_err().to_string();
    assert!(error.starts_with(expected), "{error}");
    assert_eq!(given.database.value("to_regclass('embedded_migrations')"), "NULL");
}

#[test]
fn a_role_that_does_not_exist_is_one_clear_error() {
    let given = Given::new("role_absent");
    let runner = by_name("base").runner().role("no such \"role\"");
    let error = runner.run(&given.pool()).unwrap_err().to_string();
    let expected = "\"role_absent\" cannot take on the role \"no such \"\"role\"\"\", which \
                    `Runner::role` names: role \"no such \"role\"\" does not exist";
    assert!(error.starts_with(expected), "{error}");
    assert!(error.ends_with("= next: create the role, or name another one"), "{error}");
}

/// What lacks is told of the role, not of the login.
#[test]
fn a_right_that_the_role_lacks_is_one_clear_error() {
    let given = Given::new("role_lacks");
    given.database.execute(
        "ALTER SCHEMA public OWNER TO postgres; GRANT USAGE ON SCHEMA public TO role_lacks_owner",
    );
    let error = given.runner(by_name("base")).run(&given.pool()).unwrap_err().to_string();
    let expected = "3 migrations are pending, but the role \"role_lacks_owner\" may not create the \
                    history table \"public\".\"embedded_migrations\"";
    assert!(error.starts_with(expected), "{error}");
}

#[test]
fn hooks_run_as_the_role() {
    let given = Given::new("role_hooks");
    let set = by_hand_set(None, &[by_hand_source(1, "CREATE TABLE t (n int)")], &[], "");
    let insert = |client: &mut postgres::Client| {
        Ok(client.batch_execute("CREATE TABLE seen AS SELECT current_user::text AS role")?)
    };
    given.runner(&set).after_run(insert).run(&given.pool()).unwrap();
    assert_eq!(given.database.value("SELECT role FROM seen"), "role_hooks_owner");
    assert_eq!(given.not_owned(), "NULL");
}
