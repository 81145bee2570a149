use migrations_runtime::{Migrations, embed_migrations};

static MIGRATIONS: Migrations = embed_migrations!("fixtures/ui/empty");

fn main() {
    println!("{}", MIGRATIONS.iter().len());
}
