//! When cargo compiles a crate again whose migrations changed: a real crate, built by a real cargo.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use migrations_source::{LOCK_FILE, Lock, read};

#[test]
fn with_a_lock_file_an_added_file_is_noticed_without_a_build_script() {
    let service = Service::new("locked");
    service.write("0001_first.sql", "SELECT 1;");
    service.lock();
    assert_eq!(service.files(), "0001_first.sql");

    service.write("0002_second.sql", "SELECT 2;");
    service.lock();
    assert_eq!(service.files(), "0001_first.sql 0002_second.sql");
}

#[test]
fn an_added_object_is_noticed_when_the_commands_have_made_and_listed_it() {
    let service = Service::new("repeatable");
    service.write("0001_first.sql", "SELECT 1;");
    service.migrations(&["lock"]);
    assert_eq!(service.files(), "0001_first.sql");

    service.migrations(&["new", "open_bets", "--repeatable"]);
    service.write("repeatable/open_bets.sql", "CREATE OR REPLACE VIEW open_bets AS SELECT 1;");
    service.migrations(&["lock"]);
    assert_eq!(service.files(), "0001_first.sql repeatable/open_bets.sql");
}

#[test]
fn an_edited_file_is_noticed() {
    let service = Service::new("edited");
    service.write("0001_first.sql", "SELECT 1;");
    assert_eq!(service.files(), "0001_first.sql");

    service.write("0001_first.sql", "COMMIT;");
    let output = service.cargo("build");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("migrations/0001_first.sql:1:1: `COMMIT` would end"), "{text}");
}

/// Cargo knows nothing of the new file, and so the binary stays as it is.
#[test]
fn a_stale_binary_tells_which_file_it_lacks() {
    let service = Service::new("stale");
    service.write("0001_first.sql", "SELECT 1;");
    assert_eq!(service.files(), "0001_first.sql");

    service.write("0002_second.sql", "SELECT 2;");
    assert_eq!(service.files(), "0001_first.sql");
    let output = service.run("fresh");
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("\n0002_second.sql is in the folder, but not in this binary"), "{text}");
}

const MAIN: &str = r#"
use migrations_runtime::{Migrations, embed_migrations};

static MIGRATIONS: Migrations = embed_migrations!();

fn main() {
    if std::env::args().nth(1).as_deref() == Some("fresh") {
        MIGRATIONS.assert_fresh();
    }
    let files = MIGRATIONS.iter().chain(MIGRATIONS.repeatables());
    let files: Vec<_> = files.map(|migration| migration.file_name()).collect();
    println!("{}", files.join(" "));
}
"#;

/// A crate of its own, which shares what was compiled for the workspace.
struct Service {
    directory: PathBuf,
}

impl Service {
    fn new(name: &str) -> Self {
        let directory = target().join("tests/rebuild").join(name);
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(directory.join("src")).unwrap();
        fs::create_dir_all(directory.join("migrations")).unwrap();
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        fs::copy(workspace.join("Cargo.lock"), directory.join("Cargo.lock")).unwrap();
        let runtime = workspace.join("migrations-runtime");
        let manifest = format!(
            "[package]\nname = \"rebuild-{name}\"\nedition = \"2024\"\n[workspace]\n\
             [dependencies]\nmigrations-runtime = {{ path = '{}' }}\n",
            runtime.display()
        );
        fs::write(directory.join("Cargo.toml"), manifest).unwrap();
        fs::write(directory.join("src/main.rs"), MAIN).unwrap();
        Self { directory }
    }

    fn write(&self, file_name: &str, text: &str) {
        fs::write(self.directory.join("migrations").join(file_name), text).unwrap();
    }

    fn lock(&self) {
        let folder = read(&self.directory.join("migrations"));
        self.write(LOCK_FILE, &Lock::of(&folder).to_string());
    }

    /// Runs `cargo migrations` on its folder.
    fn migrations(&self, arguments: &[&str]) {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let output = Command::new(env!("CARGO"))
            .args(["run", "--offline", "--quiet", "--package", "cargo-migrations", "--"])
            .args(arguments)
            .arg("--dir")
            .arg(self.directory.join("migrations"))
            .current_dir(workspace)
            .env("CARGO_TARGET_DIR", target())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// The files in the binary, after cargo has had its chance to compile it again.
    fn files(&self) -> String {
        let output = self.run("list");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        String::from_utf8(output.stdout).unwrap().trim().into()
    }

    fn run(&self, argument: &str) -> Output {
        let name = self.directory.file_name().unwrap().to_str().unwrap();
        let built = self.cargo("build");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let binary = target().join("debug").join(format!("rebuild-{name}"));
        Command::new(binary).arg(argument).output().unwrap()
    }

    fn cargo(&self, command: &str) -> Output {
        Command::new(env!("CARGO"))
            .args([command, "--offline"])
            .current_dir(&self.directory)
            .env("CARGO_TARGET_DIR", target())
            .output()
            .unwrap()
    }
}

fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap()
}
