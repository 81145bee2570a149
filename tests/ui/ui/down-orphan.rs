use migrations_runtime::{Migrations, embed_migrations};

static MIGRATIONS: Migrations = embed_migrations!("fixtures/ui/down-orphan");

fn main() {
    println!("{}", MIGRATIONS.iter().len());
}
