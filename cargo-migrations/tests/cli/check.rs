use std::ffi::OsStr;

use crate::support::Crate;

const NO_ERRORS: [(&str, &str); 1] = [("0001_a.sql", "create table a ();\n")];
const WARNING: (&str, &str) = (
    "0002_b.sql",
    "DO $$ BEGIN CREATE TYPE t AS ENUM ('x');\nEXCEPTION WHEN duplicate_object THEN NULL; END $$;\n",
);

#[test]
fn prints_all_problems_as_the_compiler_does() {
    let here = Crate::with("check", &NO_ERRORS);
    here.migration("0002_b.sql", "-- no\n");
    here.migration("0010_c.sql", &format!("{}  alter tabel a add b int;\n", "\n".repeat(9)));
    here.migration("c.sql", "");
    let expected = "\
error: the migration is empty
 --> migrations/0002_b.sql
  = help: write its SQL, or remove the file if it was never released

error[syntax]: syntax error at or near \"tabel\"
  --> migrations/0010_c.sql:10:9
   |
10 |   alter tabel a add b int;
   |         ^^^^^
   = help: did you mean `TABLE`?
   = help: `-- migrations: allow=syntax` before the first statement lets this file through

error: the file name is not VERSION_name.sql
 --> migrations/c.sql
  = help: rename it to digits, `_`, a name of letters, digits, `_` or `-`, and `.sql`, such as \
                    0001_create_users.sql; files that do not end in .sql are left alone

migrations: 3 migrations, 3 errors
";
    here.run("check").is(1, expected, "");
}

#[test]
fn warnings_fail_only_where_they_are_denied() {
    let here = Crate::with("warnings", &NO_ERRORS);
    here.migration(WARNING.0, WARNING.1);
    let ran = here.run("check");
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert!(ran.out.starts_with("warning[duplicate-handler]: "), "{}", ran.out);
    assert!(ran.out.ends_with("\nmigrations: 2 migrations, 1 warning\n"), "{}", ran.out);
    let denied = here.run("check --deny-warnings");
    assert_eq!((denied.code, denied.out), (Some(1), ran.out));
}

#[test]
fn compares_with_the_lock() {
    let here = Crate::with("check-lock", &NO_ERRORS);
    here.run("lock");
    here.run("check").is(0, "migrations: 1 migration, no problems\n", "");
    here.migration("0001_a.sql", "create table b ();\n");
    let ran = here.run("check");
    let expected = "error: the file is not what it was when migrations.lock was written\n \
                    --> migrations/0001_a.sql\n";
    assert!(ran.code == Some(1) && ran.out.starts_with(expected), "{}", ran.out);
}

#[test]
fn an_empty_folder_is_an_error() {
    let here = Crate::with("empty", &[("README.md", "")]);
    let expected = "\
error: the folder holds no migration
 --> migrations
  = help: add a first file such as 0001_create_users.sql

migrations: 0 migrations, 1 error
";
    here.run("check").is(1, expected, "");
}

#[test]
fn is_coloured_on_demand_and_plain_for_no_color() {
    let here = Crate::with("colour", &[("0001_a.sql", "COMMIT;")]);
    let (yes, plain) = (OsStr::new("1"), here.run("check"));
    let forced = here.run_with("", &["check"], &[("CLICOLOR_FORCE", yes)]);
    let expected = "\u{1b}[1m\u{1b}[91merror[transaction-control]\u{1b}[0m\u{1b}[1m: `COMMIT` ";
    assert!(forced.out.starts_with(expected), "{:?}", forced.out);
    assert!(forced.out.ends_with("migrations: 1 migration, \u{1b}[1m\u{1b}[91m1 error\u{1b}[0m\n"));
    let variables = [("NO_COLOR", yes), ("CLICOLOR", yes)];
    assert_eq!(here.run_with("", &["check"], &variables), plain);
    assert!(!plain.out.contains('\u{1b}'));
}
