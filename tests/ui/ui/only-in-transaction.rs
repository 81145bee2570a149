use migrations_runtime::{Migrations, embed_migrations};

static MIGRATIONS: Migrations = embed_migrations!("fixtures/ui/only-in-transaction");

fn main() {
    println!("{}", MIGRATIONS.iter().len());
}
