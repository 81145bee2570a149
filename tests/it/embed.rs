//! What the macro embeds, and where it can stand.

use std::path::Path;

use migrations_runtime::{Migrations, embed_migrations};
use migrations_tests::{SETS, TestDatabase};

static IN_A_STATIC: Migrations = embed_migrations!("fixtures/base");
const IN_A_CONST: Migrations = embed_migrations!("fixtures/base");

#[test]
fn stands_in_static_const_and_expression_position() {
    let in_an_expression = embed_migrations!("fixtures/base");
    let sets = [&IN_A_STATIC, &IN_A_CONST, &in_an_expression, &embed_migrations!("fixtures/base")];
    for set in sets {
        let versions: Vec<_> = set.iter().map(migrations_runtime::Migration::version).collect();
        assert_eq!(versions, [1, 2, 4]);
    }
}

#[test]
fn embeds_what_lies_in_the_folder() {
    for (folder, embedded) in SETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).canonicalize().unwrap();
        let read = migrations_source::read(&folder).unwrap();
        assert_eq!(read.len(), embedded.iter().len());
        for (read, embedded) in read.iter().zip(embedded.iter()) {
            assert_eq!((read.version, read.name.as_str()), (embedded.version(), embedded.name()));
            assert_eq!(&read.checksum, embedded.checksum().as_bytes());
            let text = std::fs::read_to_string(&read.path).unwrap();
            assert_eq!(text.trim_start_matches('\u{feff}'), embedded.sql());
        }
    }
}

#[test]
fn without_an_argument_it_takes_the_folder_at_the_workspace_root() {
    static EXAMPLE: Migrations = embed_migrations!();
    let first = EXAMPLE.iter().next().unwrap();
    assert_eq!(first.path(), "migrations/0000_baseline.sql");
    assert_eq!(first.file_name(), "0000_baseline.sql");
}

#[test]
fn a_caller_inside_of_a_tokio_runtime_gets_its_result() {
    let database = TestDatabase::new();
    let pool = database.pool(1);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let report = runtime.block_on(async { IN_A_STATIC.run(&pool) });
    assert_eq!(report.unwrap().applied().len(), 3);
    let report = runtime.block_on(async { IN_A_CONST.run_once(&pool) });
    assert_eq!(report.unwrap().skipped().len(), 3);
}
