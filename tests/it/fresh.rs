//! A binary that is older than its folder is told so.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use migrations_runtime::__private::Source;
use migrations_runtime::{Migration, Migrations};
use migrations_tests::{Pool, TestDatabase, by_hand_set, by_name};

use crate::texts::scratch;

/// A copy of a fixture's folder, and its migrations as a build in that folder embeds them.
struct Folder {
    path: PathBuf,
    set: Migrations,
}

impl Folder {
    fn new(test: &str, fixture: &str) -> Self {
        let path = scratch(&format!("fresh-{test}-{fixture}"));
        let _ = fs::remove_dir_all(&path);
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(fixture), &path);
        let set = embedded_in(Some(&path), fixture);
        Self { path, set }
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path.join(name), text).unwrap();
    }

    /// The panic's text, and that a run is refused with the same before it needs a connection.
    #[track_caller]
    fn refusal(&self) -> String {
        let panic = panic_of(&self.set);
        for error in [self.set.run(&nowhere()), self.set.run_once(&nowhere())] {
            let error = error.unwrap_err();
            assert!(error.is_stale(), "{error}");
            assert_eq!(error.to_string(), panic);
        }
        panic
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn embedded_in(folder: Option<&Path>, fixture: &str) -> Migrations {
    let folder = folder.map(|folder| &*folder.to_str().unwrap().to_owned().leak());
    let source = |migration: &Migration| Source {
        kind: migration.kind(),
        version: migration.version(),
        name: migration.name(),
        path: migration.path(),
        sql: migration.sql(),
        checksum: *migration.checksum().as_bytes(),
        down: migration.down(),
        ..Source::EMPTY
    };
    let set = by_name(fixture);
    let sources: Vec<_> = set.iter().map(source).collect();
    let repeatables: Vec<_> = set.repeatables().map(source).collect();
    by_hand_set(folder, &sources, &repeatables, "")
}

#[track_caller]
fn panic_of(set: &Migrations) -> String {
    let panic = catch_unwind(|| set.assert_fresh()).unwrap_err();
    panic.downcast_ref::<String>().unwrap().clone()
}

/// A pool that cannot connect.
fn nowhere() -> Pool {
    let manager = r2d2_postgres::PostgresConnectionManager::new(
        "postgresql://nobody@127.0.0.1:1/nowhere".parse().unwrap(),
        postgres::NoTls,
    );
    r2d2::Pool::builder().connection_timeout(Duration::from_millis(100)).build_unchecked(manager)
}

#[test]
fn a_folder_as_it_was_is_fresh_also_with_byte_order_marks_and_cr_lf() {
    let database = TestDatabase::new();
    for fixture in ["base", "crlf"] {
        let folder = Folder::new("as-it-was", fixture);
        folder.write("README.md", "Not SQL.");
        folder.set.assert_fresh();
        folder.set.run(&database.pool(1)).unwrap();
    }
    assert_eq!(database.recorded(), "1 2 4");
}

#[test]
fn each_file_that_was_added_edited_or_removed_is_named() {
    let folder = Folder::new("differs", "base");
    folder.write("0005_added.sql", "SELECT 1");
    folder.write("0002_increment.sql", "UPDATE counter SET n = n + 2;\n");
    fs::remove_file(folder.path.join("0001_create_counter.sql")).unwrap();
    let expected = format!(
        "the embedded migrations are not those of the folder {}:\n\
         0005_added.sql is in the folder, but not in this binary\n\
         0001_create_counter.sql is in this binary, but not in the folder\n\
         0002_increment.sql has another text than in this binary\n  \
         = next: build again, after `cargo clean -p by-hand` where cargo sees nothing to do; it \
         notices added files by itself where the folder has a `migrations.lock`, which \
         `cargo migrations lock` writes, or a `build.rs` prints `cargo::rerun-if-changed=` with the \
         folder",
        folder.path.display()
    );
    assert_eq!(folder.refusal(), expected);
}

#[test]
fn down_files_and_repeatable_objects_are_compared_too() {
    for fixture in ["revertible", "repeatable"] {
        Folder::new("as-it-was", fixture).set.assert_fresh();
    }
    let folder = Folder::new("differs", "revertible");
    folder.write("0002_create_t2.down.sql", "SELECT 1");
    fs::remove_file(folder.path.join("0003_create_t3.down.sql")).unwrap();
    let refusal = folder.refusal();
    assert!(refusal.contains("\n0002_create_t2.down.sql has another text"), "{refusal}");
    assert!(refusal.contains("\n0003_create_t3.down.sql is in this binary, but not"), "{refusal}");

    let folder = Folder::new("differs", "repeatable");
    folder.write("repeatable/added.sql", "SELECT 1");
    folder.write("repeatable/bet_count.sql", "SELECT 1");
    folder.write("repeatable/README.md", "Not SQL.");
    fs::remove_file(folder.path.join("repeatable/stake_of.sql")).unwrap();
    let refusal = folder.refusal();
    assert!(refusal.contains("\nrepeatable/added.sql is in the folder, but not"), "{refusal}");
    assert!(refusal.contains("\nrepeatable/bet_count.sql has another text"), "{refusal}");
    assert!(refusal.contains("\nrepeatable/stake_of.sql is in this binary, but not"), "{refusal}");
}

#[test]
fn a_file_that_the_macro_would_refuse_is_no_less_added() {
    let folder = Folder::new("misnamed", "base");
    folder.write("misnamed.SQL", "SELECT 1");
    assert!(folder.refusal().contains("\nmisnamed.SQL is in the folder, but not in this binary\n"));
}

#[test]
fn what_was_edited_back_is_fresh_again() {
    let folder = Folder::new("edited-back", "base");
    let text = by_name("base").iter().nth(1).unwrap().sql();
    folder.write("0002_increment.sql", "SELECT 1");
    assert!(
        folder.refusal().contains("\n0002_increment.sql has another text than in this binary\n")
    );
    folder.write("0002_increment.sql", text);
    folder.set.assert_fresh();
    assert_eq!(folder.set.run(&TestDatabase::new().pool(1)).unwrap().applied().len(), 3);
}

#[test]
fn a_binary_that_was_moved_away_from_its_folder_runs_and_fails_the_check() {
    let folder = Folder::new("moved", "base");
    fs::remove_dir_all(&folder.path).unwrap();
    assert_eq!(folder.set.run(&TestDatabase::new().pool(1)).unwrap().applied().len(), 3);
    let expected = "cannot compare the embedded migrations with their folder ";
    assert!(panic_of(&folder.set).starts_with(expected));
}

#[test]
fn a_build_that_does_not_know_its_folder_runs_and_fails_the_check() {
    let set = embedded_in(None, "base");
    assert_eq!(set.run(&TestDatabase::new().pool(1)).unwrap().applied().len(), 3);
    let expected = "cannot compare the embedded migrations with their folder: only a build with debug \
                    assertions knows it\n  = next: test without `--release`";
    assert!(panic_of(&set).starts_with(expected));
}
