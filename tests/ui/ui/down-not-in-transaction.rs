use migrations_runtime::{Migrations, embed_migrations};

static MIGRATIONS: Migrations = embed_migrations!("fixtures/ui/down-not-in-transaction");

fn main() {
    println!("{}", MIGRATIONS.iter().len());
}
