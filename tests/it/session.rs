//! What a file sets reaches neither the bookkeeping, nor the next file, nor the pool; what the pool's
//! customizer had set is still there.

use migrations_tests::{Pool, TestDatabase, by_hand, by_name};

fn session_of(pool: &Pool) -> String {
    let sql = "SELECT concat_ws(' | ', current_user, session_user, current_setting('search_path'), \
               current_setting('work_mem'), current_setting('statement_timeout'), \
               current_setting('lock_timeout'), current_setting('default_transaction_read_only'), \
               current_setting('customizer.tenant', true))";
    pool.get().unwrap().query_one(sql, &[]).unwrap().get(0)
}

#[test]
fn a_session_comes_back_as_the_server_made_it() {
    let database = TestDatabase::new();
    let pool = database.pool(1);
    let before = session_of(&pool);
    by_name("session").run(&pool).unwrap();
    assert_eq!(session_of(&pool), before);
    let at_the_end = "SELECT concat_ws(' | ', name, session_name, path, work_mem, statement_timeout, \
                      lock_timeout) FROM at_the_end";
    let expected = "postgres | postgres | \"$user\", public | 4MB | 0 | 5s";
    assert_eq!(database.value(at_the_end), expected);
    assert_eq!(database.value("SELECT first_file FROM where_am_i"), "\"$user\", public 4MB");
    assert_eq!(database.value("SELECT name FROM of_the_first_role"), "postgres");
    let owner = "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'of_pg_monitor'";
    assert_eq!(database.value(owner), "pg_monitor");
}

#[test]
fn a_session_comes_back_as_the_customizer_made_it() {
    let database = TestDatabase::new();
    database.execute(
        "CREATE SCHEMA \"it's\"; CREATE ROLE customized IN ROLE pg_monitor SUPERUSER; \
         ALTER SCHEMA \"it's\" OWNER TO customized",
    );
    let pool = database.customized_pool(
        "SET search_path = \"it's\", public; SET work_mem = '5MB'; SET statement_timeout = '50s'; \
         SET lock_timeout = '40s'; SET \"customizer.tenant\" = 'seven'; SET ROLE customized",
    );
    let before = session_of(&pool);
    by_name("session").run(&pool).unwrap();
    assert_eq!(session_of(&pool), before);
    let at_the_end = "SELECT concat_ws(' | ', name, session_name, path, work_mem, statement_timeout, \
                      lock_timeout) FROM \"it's\".at_the_end";
    let expected = "customized | postgres | \"it's\", public | 5MB | 50s | 5s";
    assert_eq!(database.value(at_the_end), expected);
    assert_eq!(database.value("SELECT count(*) FROM \"it's\".embedded_migrations"), "4");
    drop(pool);
    drop(database);
}

/// Settings that a file leaves are not found by the next one, on the same session.
#[test]
fn settings_do_not_reach_the_next_file() {
    let leaves = "SET search_path = pg_catalog; SET work_mem = '77MB'; SET statement_timeout = '1h'; \
                  SET lock_timeout = '1h'; SET DateStyle = 'German'; RESET temp_buffers; \
                  SET bytea_output = 'escape'; SET idle_in_transaction_session_timeout = '7s'; \
                  CREATE TABLE public.pid AS SELECT pg_backend_pid() AS pid";
    let reads = "CREATE TABLE seen AS SELECT pg_backend_pid() = (SELECT pid FROM pid) AS same_session, \
                 concat_ws(' | ', current_setting('search_path'), current_setting('work_mem'), \
                 current_setting('statement_timeout'), current_setting('lock_timeout'), \
                 current_setting('DateStyle'), current_setting('temp_buffers'), \
                 current_setting('bytea_output'), \
                 current_setting('idle_in_transaction_session_timeout')) AS settings";
    let of_the_server = "\"$user\", public | 4MB | 0 | 5s | ISO, MDY | 8MB | hex | 1min";
    let of_the_customizer = "\"it's\", public | 5MB | 50s | 5s | SQL, DMY | 9MB | hex | 1min";
    let customizer = "CREATE SCHEMA IF NOT EXISTS \"it's\"; SET search_path = \"it's\", public; \
                      SET work_mem = '5MB'; SET statement_timeout = '50s'; \
                      SET lock_timeout = '40s'; SET DateStyle = 'SQL, DMY'; SET temp_buffers = '9MB'";
    for (customizer, expected) in [("", of_the_server), (customizer, of_the_customizer)] {
        let database = TestDatabase::new();
        let pool = database.customized_pool(customizer);
        by_hand(&[leaves, reads]).run(&pool).unwrap();
        let table = if customizer.is_empty() { "seen" } else { "\"it's\".seen" };
        assert_eq!(database.value(&format!("SELECT settings FROM {table}")), expected);
        assert_eq!(database.value(&format!("SELECT same_session FROM {table}")), "true");
    }
}

fn backend_of(pool: &Pool) -> i32 {
    pool.get().unwrap().query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0)
}

/// Nobody lists all that a session holds: functions and types of its own, channels, custom settings.
#[test]
fn a_session_in_which_files_ran_does_not_come_back() {
    let database = TestDatabase::new();
    let pool = database.pool(1);
    let before = backend_of(&pool);
    by_name("leaves-things").run(&pool).unwrap();
    assert_ne!(backend_of(&pool), before);
    assert_eq!(database.locks(), "0");
}

#[test]
fn a_session_in_which_nothing_was_to_do_comes_back() {
    let database = TestDatabase::new();
    by_name("base").run(&database.pool(1)).unwrap();
    let pool =
        database.customized_pool("CREATE TEMPORARY TABLE t (); LISTEN c; PREPARE p AS SELECT 1");
    let before = backend_of(&pool);
    by_name("base").run(&pool).unwrap();
    by_name("late").run(&pool).unwrap_err();
    assert_eq!(backend_of(&pool), before);
}

#[test]
fn a_migration_that_fails_leaves_neither_settings_nor_belongings() {
    let database = TestDatabase::new();
    let pool = database.pool(1);
    let (session, backend) = (session_of(&pool), backend_of(&pool));
    by_name("fails-session").run(&pool).unwrap_err();
    assert_eq!(session_of(&pool), session);
    assert_ne!(backend_of(&pool), backend);
    assert_eq!(database.locks(), "0");
}

/// To end a session takes the rights of the role that logged in, which may have set another.
#[test]
fn a_role_that_is_set_at_login_does_not_keep_the_session_alive() {
    let database = TestDatabase::new();
    database.execute(
        "CREATE ROLE schema_owner; CREATE ROLE logs_in LOGIN IN ROLE schema_owner; \
         ALTER ROLE logs_in SET role = 'schema_owner'; GRANT CREATE ON SCHEMA public TO schema_owner",
    );
    let pool = TestDatabase::pool_of(&database.url_of("logs_in"), 1);
    let before = backend_of(&pool);
    by_name("leaves-things").run(&pool).unwrap();
    assert_ne!(backend_of(&pool), before);
    assert_eq!(database.locks(), "0");
    drop(pool);
    database.execute("DROP OWNED BY schema_owner; DROP ROLE logs_in, schema_owner");
}

/// There are settings that cannot be put back; the next file gets a new session then.
#[test]
fn a_setting_that_cannot_be_put_back_is_no_error() {
    let database = TestDatabase::new();
    let texts = [
        "SET temp_buffers = '64MB'; CREATE TEMPORARY TABLE t AS SELECT 1 AS n",
        "CREATE TABLE seen AS SELECT current_setting('temp_buffers') AS temp_buffers",
    ];
    assert_eq!(by_hand(&texts).run(&database.pool(1)).unwrap().applied().len(), 2);
    assert_eq!(database.value("SELECT temp_buffers FROM seen"), "8MB");
}

#[test]
fn a_session_that_may_not_be_ended_is_emptied() {
    let database = TestDatabase::new();
    database.execute(
        "CREATE ROLE may_not_end LOGIN; GRANT CREATE ON SCHEMA public TO may_not_end; \
         REVOKE EXECUTE ON FUNCTION pg_terminate_backend FROM PUBLIC",
    );
    let pool = TestDatabase::pool_of(&database.url_of("may_not_end"), 1);
    let before = session_of(&pool);
    by_name("leaves-things").run(&pool).unwrap();
    assert_eq!(session_of(&pool), before);
    let left = "SELECT count(*) FROM pg_prepared_statements WHERE from_sql";
    let left: i64 = pool.get().unwrap().query_one(left, &[]).unwrap().get(0);
    assert_eq!((left, database.locks().as_str()), (0, "0"));
    drop(pool);
    database.execute("DROP OWNED BY may_not_end; DROP ROLE may_not_end");
}

/// The build has read the file's strings so. The server would find a COMMIT where it found none.
#[test]
fn strings_are_read_as_they_were_checked() {
    let database = TestDatabase::new();
    let off = "SELECT format('ALTER DATABASE %I SET standard_conforming_strings = off', \
               current_database())";
    database.execute(&database.value(off));
    let text = "CREATE TABLE IF NOT EXISTS seen (v text); \
                INSERT INTO seen VALUES ('a\\'), (current_setting('standard_conforming_strings')); \
                --'; COMMIT; SELECT 1/0;";
    by_hand(&[text, text]).run(&database.pool(1)).unwrap();
    assert_eq!(database.value("SELECT string_agg(v, ' ') FROM seen"), r"a\ on a\ on");
    assert_eq!(database.recorded(), "1 2");
    assert_eq!(database.value("SELECT current_setting('standard_conforming_strings')"), "off");
}
