//! What `pg_dump` writes can be a baseline: schema and data.

use std::path::{Path, PathBuf};
use std::process::Command;

use migrations_tests::{TestDatabase, by_name};

/// A program of PostgreSQL's client, of the server's own version where that has one.
fn program(name: &str) -> PathBuf {
    let beside = local_postgres::find_binaries().unwrap().join(name);
    if beside.exists() { beside } else { name.into() }
}

fn run(program_name: &str, arguments: &[&str]) -> String {
    let output = Command::new(program(program_name)).args(arguments).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{error}");
    // Newer versions guard each dump with a random word.
    let text = String::from_utf8(output.stdout).unwrap();
    let lines =
        text.lines().filter(|it| !it.starts_with("\\restrict") && !it.starts_with("\\unrestrict"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// All of it, but for what only a migrated database has.
fn dump(database: &TestDatabase) -> String {
    let not = ["--exclude-table=public.embedded_migrations", "--exclude-table=public.after_dump"];
    run("pg_dump", &[not[0], not[1], database.url()])
}

/// Builds of PostgreSQL that hold the server's programs only have none, and an older one does not
/// dump a newer server.
fn can_dump(database: &TestDatabase) -> bool {
    let version = Command::new(program("pg_dump")).arg("--version").output();
    let major = |text: &str| {
        let digits = text.split(|char: char| !char.is_ascii_digit()).find(|it| !it.is_empty());
        digits.and_then(|digits| digits.parse::<u32>().ok())
    };
    let server = major(&database.value("current_setting('server_version')"));
    version.is_ok_and(|it| major(&String::from_utf8_lossy(&it.stdout)) >= server)
}

#[test]
fn a_dump_applied_is_the_dump_restored() {
    let (ours, restored) = (TestDatabase::new(), TestDatabase::new());
    let report = by_name("dump").run(&ours.pool(1)).unwrap();
    assert_eq!(report.applied().len(), 2, "{report}");
    assert_eq!(ours.value("SELECT orders FROM after_dump"), "50");
    if !can_dump(&ours) {
        return;
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/dump/0001_baseline.sql");
    let options = ["-qX", "-v", "ON_ERROR_STOP=1", "-f", file.to_str().unwrap(), restored.url()];
    run("psql", &options);
    let dumped = dump(&ours);
    assert!(dumped.contains("COPY shop.orders") && dumped.contains("ünï"), "{dumped}");
    assert_eq!(dumped, dump(&restored));
}

/// The dump empties the search path of its session.
#[test]
fn what_a_dump_sets_does_not_leak() {
    let database = TestDatabase::new();
    let pool = database.pool(1);
    by_name("dump").run(&pool).unwrap();
    let path: String = pool.get().unwrap().query_one("SHOW search_path", &[]).unwrap().get(0);
    assert_eq!(path, "\"$user\", public");
    assert_eq!(database.value("SELECT count(*) FROM public.after_dump"), "1");
}
