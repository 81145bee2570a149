use crate::support::Crate;

const A: (&str, &str) = ("0001_a.sql", "create table a ();\n");
const B: (&str, &str) = ("0002_b.sql", "create table b ();\n");
const C: (&str, &str) = ("0003_c.sql", "create table c ();\n");
const LOCK: &str = "migrations/migrations.lock";
const UP_TO_DATE: &str = "migrations/migrations.lock is up to date\n";
const NOT_WRITTEN: &str = "error: `migrations/migrations.lock` was not written\n";

fn locked(name: &str) -> Crate {
    let here = Crate::with(name, &[A, B]);
    assert_eq!(here.run("lock").code, Some(0));
    here
}

fn wrote(changes: &str, count: &str) -> String {
    format!("{changes}\nwrote migrations/migrations.lock: {count}\n")
}

#[test]
fn the_first_one_says_what_it_is_for() {
    let here = Crate::with("first", &[A, B]);
    let added = "added      0001_a.sql\nadded      0002_b.sql\n";
    let err = "error: there is no migrations.lock in `migrations`
  = help: run `cargo migrations lock`\n";
    here.run("lock --check").is(1, added, err);
    let out = wrote(added.trim_end(), "2 migrations");
    let note = "note: migrations.lock is new. Commit it: with it, an edited, removed or reordered \
                migration does not compile, and two branches that both add one conflict in git.\n";
    here.run("lock").is(0, &out, note);
    here.run("lock").is(0, UP_TO_DATE, "");
    here.run("lock --check").is(0, UP_TO_DATE, "");
    here.run("check").is(0, "migrations: 2 migrations, no problems\n", "");
    assert_eq!(here.names("migrations"), ["0001_a.sql", "0002_b.sql", "migrations.lock"]);
}

#[test]
fn lists_what_was_added_without_a_question() {
    let here = locked("added");
    here.migration(C.0, C.1);
    let err = "error: migrations.lock is not up to date
  = help: run `cargo migrations lock`\n";
    here.run("lock --check").is(1, "added      0003_c.sql\n", err);
    here.run("lock").is(0, &wrote("added      0003_c.sql", "3 migrations"), "");
    here.migration("0000_z.sql", "create table z ();");
    let late = "added      0000_z.sql before 0003_c.sql: where that is applied, a service refuses it, \
                unless it allows that order";
    here.run("lock").is(0, &wrote(late, "4 migrations"), "");
    here.run("lock").is(0, UP_TO_DATE, "");
}

#[test]
fn writes_moved_lines_without_a_question() {
    let here = locked("moved");
    here.migration(C.0, C.1);
    here.run("lock");
    let lock = here.read(LOCK);
    let mut lines: Vec<_> = lock.lines().collect();
    lines.swap(3, 4);
    here.write(LOCK, &lines.join("\n"));
    let moved = "moved      0003_c.sql is what it was, below another line than before
moved      0002_b.sql is what it was, below another line than before";
    here.run("lock").is(0, &wrote(moved, "3 migrations"), "");
    assert_eq!(here.read(LOCK), lock);
}

#[test]
fn accepts_edits_only_with_the_flag() {
    let here = locked("edited");
    let lock = here.read(LOCK);
    here.migration(A.0, "create table other ();\n");
    let edited = "edited     0001_a.sql is not what it was when the lock was written\n";
    let err = format!(
        "{NOT_WRITTEN}  = help: undo the edit and write a new migration: where the file is applied, a \
         service refuses to start with another text
  = help: if all of this is meant, run `cargo migrations lock --dir migrations --accept`\n"
    );
    here.run("lock --dir migrations").is(1, edited, &err);
    assert_eq!(here.run("lock --force").code, Some(1));
    assert_eq!(here.read(LOCK), lock);
    here.run("lock --accept").is(0, &wrote(edited.trim_end(), "2 migrations"), "");
    here.run("lock").is(0, UP_TO_DATE, "");
}

#[test]
fn lists_what_may_be_edited_by_name_only() {
    let here = locked("by-name");
    let lock = here.read(LOCK);
    here.migration("0002_b.down.sql", "drop table b;\n");
    here.migration("repeatable/v.sql", "create or replace view v as select 1;\n");
    let ran = here.run("check");
    assert_eq!(ran.code, Some(1));
    for name in ["0002_b.down.sql", "repeatable/v.sql"] {
        let expected = format!(
            "error: the file is not listed in migrations.lock\n --> migrations/{name}\n  = help: run \
             `cargo migrations lock`, and commit"
        );
        assert!(ran.out.contains(&expected), "{}", ran.out);
    }
    let changes = "added      0002_b.down.sql\nadded      repeatable/v.sql";
    here.run("lock").is(0, &wrote(changes, "2 migrations, 1 repeatable object"), "");
    let names = "# Listed without a hash, since they may be edited at any time:
0002_b.down.sql
repeatable/v.sql
";
    assert_eq!(here.read(LOCK), format!("{lock}{names}"));
    here.migration("0002_b.down.sql", "drop table if exists b;\n");
    here.migration("repeatable/v.sql", "create or replace view v as select 2;\n");
    here.run("lock").is(0, UP_TO_DATE, "");

    here.remove("migrations/0002_b.down.sql");
    here.remove("migrations/repeatable/v.sql");
    let ran = here.run("check");
    assert!(ran.out.contains("there is no file `repeatable/v.sql`"), "{}", ran.out);
    let changes = "removed    0002_b.down.sql is listed, but not there
removed    repeatable/v.sql is listed, but not there";
    here.run("lock").is(0, &wrote(changes, "2 migrations"), "");
    assert_eq!(here.read(LOCK), lock);
}

#[test]
fn a_comment_is_no_edit() {
    let here = locked("comment");
    here.migration(A.0, "-- a\r\nCREATE TABLE a ();\r\n");
    here.run("lock").is(0, UP_TO_DATE, "");
}

#[test]
fn accepts_new_names_only_with_the_flag() {
    let here = locked("renamed");
    here.remove("migrations/0002_b.sql");
    here.migration("0002_other.sql", B.1);
    let renamed = "renamed    0002_b.sql to 0002_other.sql\n";
    let err = format!(
        "{NOT_WRITTEN}  = help: give the file back its name
  = help: if all of this is meant, run `cargo migrations lock --accept`\n"
    );
    here.run("lock").is(1, renamed, &err);
    here.run("lock --accept").is(0, &wrote(renamed.trim_end(), "2 migrations"), "");
}

#[test]
fn drops_lines_only_by_force() {
    let here = locked("removed");
    here.remove("migrations/0001_a.sql");
    let lock = here.read(LOCK);
    here.write(LOCK, &format!("{lock}what is this\n"));
    let changes = "unreadable \"what is this\" is not `FILE sha256:HASH`
removed    0001_a.sql is listed, but not there\n";
    let err = format!(
        "{NOT_WRITTEN}  = help: bring the removed file back: where it is applied, a service can \
         refuse to start without it
  = help: bring back the committed lock
  = help: if all of this is meant, run `cargo migrations lock --force`\n"
    );
    here.run("lock").is(1, changes, &err);
    here.run("lock --accept").is(1, changes, &err);
    here.run("lock --force").is(0, &wrote(changes.trim_end(), "1 migration"), "");
    here.run("lock").is(0, UP_TO_DATE, "");
}

#[test]
fn names_all_flags_that_are_missing() {
    let here = locked("both");
    here.remove("migrations/0001_a.sql");
    here.migration(B.0, "create table other ();\n");
    let ran = here.run("lock --force");
    let help = "run `cargo migrations lock --accept --force`\n";
    assert!(ran.code == Some(1) && ran.err.ends_with(help), "{}", ran.err);
    assert_eq!(here.run("lock --accept --force").code, Some(0));
}

#[test]
fn refuses_a_folder_with_errors() {
    let here = locked("errors");
    let lock = here.read(LOCK);
    here.migration(C.0, "COMMIT;\n");
    let expected = "\
error[transaction-control]: `COMMIT` would end the transaction that the migration is in, together \
                    with its history row
 --> migrations/0003_c.sql:1:1
  |
1 | COMMIT;
  | ^^^^^^
  = help: remove it: the transaction begins before the file and ends after it

error: `migrations/migrations.lock` was not written, since the folder has 1 error
";
    here.run("lock --accept --force").is(1, "", expected);
    assert_eq!(here.read(LOCK), lock);
}

#[test]
fn says_when_the_lock_cannot_be_read() {
    let here = Crate::with("unreadable", &[A]);
    std::fs::write(here.root.join(LOCK), [0xff]).unwrap();
    for command in ["lock", "list"] {
        let ran = here.run(command);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
        let expected = "error: cannot read `migrations/migrations.lock`: ";
        assert!(ran.err.starts_with(expected), "{}", ran.err);
        assert!(ran.err.ends_with("\n  = help: bring back the committed file\n"), "{}", ran.err);
    }
}

/// What is compiled already knows of no lock, but reads the files again when they are newer.
#[test]
fn the_first_lock_makes_a_file_newer() {
    let here = Crate::with("first-lock", &[A, B]);
    here.make_old("migrations/0002_b.sql");
    here.run("lock");
    assert!(!here.is_old("migrations/0002_b.sql"));

    here.make_old("migrations/0002_b.sql");
    here.migration(C.0, C.1);
    here.run("lock");
    assert!(here.is_old("migrations/0002_b.sql"));
}
