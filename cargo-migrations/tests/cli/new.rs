use std::ffi::OsStr;

use crate::support::Crate;

#[test]
fn numbers_files_and_prints_nothing_but_their_paths() {
    let here = Crate::new("new");
    here.run("new create_users").is(0, "migrations/0001_create_users.sql\n", "");
    let down = "migrations/0002_add-email.sql\nmigrations/0002_add-email.down.sql\n";
    here.run("new add-email --down").is(0, down, "");
    let ran = here.run_with("", &["new", " drop the  users "], &[]);
    ran.is(0, "migrations/0003_drop_the_users.sql\n", "");
    let comment = "-- Write below what undoes 0002_add-email.sql; as long as there is nothing, it does not \
                   compile.\n";
    assert_eq!(here.read("migrations/0002_add-email.down.sql"), comment);
}

#[test]
fn goes_on_as_the_folder_does() {
    let here = Crate::with("width", &[("007_a.sql", ""), ("README.md", ""), ("9_x.txt", "")]);
    here.run("new b").is(0, "migrations/008_b.sql\n", "");
    here.migration("0012_gone.down.sql", "");
    here.run("new c").is(0, "migrations/0013_c.sql\n", "");
}

#[test]
fn takes_timestamps_where_the_folder_has_them_or_on_demand() {
    let here = Crate::new("timestamp");
    let first = version(&here.run("new a --timestamp").out);
    let second = version(&here.run("new b").out);
    assert!(first.len() == 14 && first.starts_with('2'), "{first}");
    assert!(first < second && second.len() == 14, "{first} {second}");
    here.migration("29991231235959_far.sql", "");
    here.run("new c").is(0, "migrations/30000101000000_c.sql\n", "");
}

fn version(path: &str) -> String {
    path.trim_start_matches("migrations/").split('_').next().unwrap().into()
}

#[test]
fn creates_the_folder_that_is_named() {
    let here = Crate::new("create");
    here.run("new a --dir deep/sql").is(0, "deep/sql/0001_a.sql\n", "");
    let ran = here.run("new a --dir Cargo.toml");
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.starts_with("error: cannot create the folder `Cargo.toml`: "), "{}", ran.err);
}

#[test]
fn what_it_creates_is_refused_until_it_has_sql() {
    let here = Crate::new("template");
    here.run("new a");
    let template = here.read("migrations/0001_a.sql");
    let ran = here.run("check");
    assert!(ran.out.starts_with("error: the migration is empty\n"), "{}", ran.out);
    here.migration("0001_a.sql", &format!("{template}create table a ();\n"));
    here.run("check").is(0, "migrations: 1 migration, no problems\n", "");
}

/// What the comment teaches is a file that passes.
#[test]
fn the_directives_of_the_comment_are_directives() {
    let here = Crate::new("directives");
    here.run("new a");
    let template = here.read("migrations/0001_a.sql");
    let taught = template.replace("--   -- migrations:", "-- migrations:");
    assert_eq!(taught.matches("\n-- migrations:").count(), 1);
    here.migration("0001_a.sql", &format!("{taught}create index i on a (b);\n"));
    here.run("check").is(0, "migrations: 1 migration, no problems\n", "");
    let list = here.run("list").out;
    assert!(list.ends_with("  lock-timeout=2s, statement-timeout=10min\n"), "{list}");
}

#[test]
fn creates_repeatable_objects() {
    let here = Crate::with("new-repeatable", &[("0001_a.sql", "create table a ();")]);
    let path = "migrations/repeatable/open_bets.sql";
    here.run("new open_bets --repeatable").is(0, &format!("{path}\n"), "");
    let ran = here.run("check");
    assert!(ran.out.starts_with("error: the repeatable object is empty\n"), "{}", ran.out);
    let taught = here.read(path).replace("--   -- migrations:", "-- migrations:");
    here.write(path, &format!("{taught}create or replace view open_bets as select 1;\n"));
    here.write("migrations/repeatable/other_object.sql", "create or replace view o as select 1;\n");
    here.run("check").is(0, "migrations: 1 migration, 2 repeatable objects, no problems\n", "");

    let ran = here.run("new open_bets --repeatable");
    let expected = "error: cannot create `migrations/repeatable/open_bets.sql`: File exists";
    assert!(ran.code == Some(2) && ran.err.starts_with(expected), "{}", ran.err);
    for flag in ["--down", "--timestamp"] {
        let ran = here.run(&format!("new other --repeatable {flag}"));
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{flag}");
    }
}

#[test]
fn says_that_a_lock_has_to_list_it() {
    let here = Crate::with("new-lock", &[("0001_a.sql", "create table a ();")]);
    here.run("lock");
    let lock = here.read("migrations/migrations.lock");
    let note = "note: when its SQL is written, list it in migrations.lock with `cargo migrations \
                lock --dir migrations`\n";
    here.run("new b --dir migrations").is(0, "migrations/0002_b.sql\n", note);
    assert_eq!(here.read("migrations/migrations.lock"), lock);
}

#[test]
fn refuses_names_that_are_none() {
    let here = Crate::new("names");
    let help = "  = help: write ASCII letters, digits, `_` or `-`, such as create_users; the version \
                and `.sql` are added\n";
    for name in ["a.sql", "é", "a/b", " ", "", "a;b"] {
        let expected = format!("error: a migration cannot be called {name:?}\n{help}");
        here.run_with("", &["new", name], &[]).is(2, "", &expected);
    }
    assert_eq!(here.names(""), ["Cargo.toml"]);
}

#[test]
fn says_when_no_version_is_left() {
    let here = Crate::with("last", &[("9223372036854775807_a.sql", "")]);
    let expected = "error: no version is left above the newest one
  = help: give the newest file a version that leaves room, if it is applied nowhere\n";
    here.run("new b").is(2, "", expected);
    let expected = "error: cannot take a timestamp as the next version: 9223372036854775807, the \
                    newest, is above ";
    let ran = here.run_with("", &["new", "b", "--timestamp"], &[("NO_COLOR", OsStr::new("1"))]);
    assert!(ran.code == Some(2) && ran.err.starts_with(expected), "{}", ran.err);
}

#[test]
fn says_what_cannot_be_created() {
    let here = Crate::new("long");
    let name = "x".repeat(300);
    let ran = here.run(&format!("new {name}"));
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    let expected = format!("error: cannot create `migrations/0001_{name}.sql`: ");
    assert!(ran.err.starts_with(&expected), "{}", ran.err);
}

/// The macro reads the lock: where it is newer, cargo compiles the crate again, and the new file is
/// told of.
#[test]
fn a_new_file_makes_the_lock_newer() {
    let here = Crate::with("touch", &[("0001_a.sql", "select 1;\n")]);
    here.run("lock");
    here.make_old("migrations/migrations.lock");
    here.run("new b");
    assert!(!here.is_old("migrations/migrations.lock"));
}
