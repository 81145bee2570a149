#![deny(warnings)]

use migrations_runtime::{Migrations, embed_migrations};

static MIGRATIONS: Migrations = embed_migrations!("fixtures/ui/needless-no-transaction");

fn main() {
    println!("{}", MIGRATIONS.iter().len());
}
