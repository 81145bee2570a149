use migrations_runtime::{Migrations, embed_migrations};

static MIGRATIONS: Migrations = embed_migrations!("fixtures/ui/out-of-range");

fn main() {
    println!("{}", MIGRATIONS.iter().len());
}
