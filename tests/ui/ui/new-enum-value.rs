use migrations_runtime::{Migrations, embed_migrations};

static MIGRATIONS: Migrations = embed_migrations!("fixtures/ui/new-enum-value");

fn main() {
    println!("{}", MIGRATIONS.iter().len());
}
