//! What a file allows is neither refused nor warned of.

#![deny(warnings)]

use migrations_runtime::{Migrations, embed_migrations};

static MIGRATIONS: Migrations = embed_migrations!("fixtures/ui/allowed");

fn main() {
    let files: Vec<_> = MIGRATIONS.iter().collect();
    assert_eq!(
        files.iter().map(|file| file.is_transactional()).collect::<Vec<_>>(),
        [true, false, false]
    );
    let statements = files[1].statements().map(|statement| (statement.line(), statement.text()));
    let expected = [(3, "VACUUM"), (4, "SET LOCAL lock_timeout = 0"), (5, "SELECT 1")];
    assert_eq!(statements.collect::<Vec<_>>(), expected);
}
