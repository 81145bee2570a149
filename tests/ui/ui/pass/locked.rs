//! A folder that is as its lock has it, and warnings that are allowed.

use migrations_runtime::{Migrations, embed_migrations};

static MIGRATIONS: Migrations = embed_migrations!("fixtures/ui/locked");
#[allow(deprecated)]
static WITH_A_WARNING: Migrations = embed_migrations!("fixtures/ui/duplicate-handler");

fn main() {
    assert_eq!(MIGRATIONS.iter().len(), 5);
    assert_eq!(WITH_A_WARNING.iter().len(), 1);
}
