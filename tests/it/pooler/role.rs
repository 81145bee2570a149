//! `Runner::role` behind a pooler.

use migrations_runtime::{Migrations, Revert, Runner};
use migrations_tests::{Neighbours, Pooled, by_name};

use crate::texts::set_of;

/// The schema `public` belongs to the role, of which the servers' other databases know nothing.
fn owned_by(pooled: &Pooled, name: &str) -> String {
    let role = format!("{name}_{}", if pooled.is_shared { "shared" } else { "own" });
    pooled.database.execute(&format!("CREATE ROLE {role}; ALTER SCHEMA public OWNER TO {role}"));
    role
}

fn runner(set: &Migrations, role: &str, name: &'static str) -> Runner {
    set.runner().role(role.to_owned()).set_name(name)
}

/// Who owns what is in the schema.
const OWNERS: &str = "SELECT string_agg(DISTINCT relowner::regrole::text, ' ') FROM pg_class \
                      WHERE relnamespace = 'public'::regnamespace";

#[test]
fn objects_belong_to_the_role_and_other_clients_never_have_it() {
    for pooled in Pooled::each() {
        let role = owned_by(&pooled, "pooled_owner");
        let neighbours = pooled.is_shared.then(|| Neighbours::of(&pooled));
        let pool = pooled.pool(2);
        for set in ["base", "repeatable", "revertible"] {
            runner(by_name(set), &role, set).run(&pool).unwrap();
            runner(by_name(set), &role, set).run(&pool).unwrap();
        }
        runner(by_name("revertible"), &role, "revertible").down(&pool, Revert::Steps(1)).unwrap();
        assert_eq!(pooled.database.value(OWNERS), role);
        neighbours.into_iter().for_each(Neighbours::check);
        pooled.check_nothing_is_left();
    }
}

/// Of those that can run in a transaction, each has the role for its own.
#[test]
fn statements_that_run_one_by_one_have_it_in_their_transactions() {
    for pooled in Pooled::each() {
        let role = owned_by(&pooled, "pooled_by_one");
        let neighbours = pooled.is_shared.then(|| Neighbours::of(&pooled));
        let tables: Vec<_> = (0..20).map(|n| format!("CREATE TABLE t{n} ();\n")).collect();
        let tables = tables.concat();
        let text =
            format!("-- migrations: no-transaction, allow=needless-no-transaction\n{tables}");
        let set = set_of(&[("0001_tables.sql", &text)]);
        runner(&set, &role, "one_by_one").run(&pooled.pool(2)).unwrap();
        assert_eq!(pooled.database.value(OWNERS), role);
        neighbours.into_iter().for_each(Neighbours::check);
        pooled.check_nothing_is_left();
    }
}

/// Where no other client comes in between, as the README says.
#[test]
fn what_cannot_run_in_a_transaction_has_it_where_nobody_else_is() {
    for pooled in Pooled::each() {
        let role = owned_by(&pooled, "pooled_alone");
        let who = "CREATE TABLE made_by (it text); CREATE PROCEDURE note() LANGUAGE plpgsql AS \
                   $$ BEGIN INSERT INTO made_by VALUES (current_user); COMMIT; END $$";
        let call = "-- migrations: no-transaction\nCALL note();";
        let set = set_of(&[("0001_who.sql", who), ("0002_call.sql", call)]);
        runner(&set, &role, "alone").run(&pooled.pool(2)).unwrap();
        assert_eq!(pooled.database.value("SELECT it FROM made_by"), role);
        pooled.check_nothing_is_left();
    }
}
