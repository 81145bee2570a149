//! The expansion is clean under a user's strict lints.

#![deny(warnings, missing_docs, unused_qualifications, unsafe_code, rust_2018_idioms)]
#![forbid(missing_debug_implementations, unreachable_pub, single_use_lifetimes)]

use migrations_runtime::{Migrations, embed_migrations};

/// In a static.
pub static IN_A_STATIC: Migrations = embed_migrations!("fixtures/ui/right");

/// In a constant.
pub const IN_A_CONST: Migrations = embed_migrations!("fixtures/ui/right");

/// In a folder with a lock.
pub static LOCKED: Migrations = embed_migrations!("fixtures/ui/locked");

/// With parts, steps, and batches, a down file and repeatable objects.
pub static EVERY_KIND: Migrations = embed_migrations!("fixtures/ui/every-kind");

fn main() {
    let is_transactional = EVERY_KIND.iter().map(|migration| migration.is_transactional());
    assert_eq!(is_transactional.collect::<Vec<_>>(), [true, false, false]);
    let downs: Vec<_> =
        EVERY_KIND.iter().map(|migration| migration.down().map(|it| it.file_name())).collect();
    assert_eq!(downs, [Some("0001_dump.down.sql"), None, None]);
    let objects = EVERY_KIND.repeatables().map(|object| object.file_name());
    assert_eq!(objects.collect::<Vec<_>>(), ["repeatable/b_view.sql", "repeatable/a_view.sql"]);
    assert_eq!(LOCKED.iter().len(), 5);
    let in_an_expression = embed_migrations!("fixtures/ui/right");
    for set in [&IN_A_STATIC, &IN_A_CONST, &in_an_expression] {
        assert_eq!(
            set.iter().map(|migration| migration.file_name()).collect::<Vec<_>>(),
            ["0001_first.sql"]
        );
    }
}
