use migrations_runtime::{Migrations, embed_migrations};

static MIGRATIONS: Migrations = embed_migrations!("fixtures/ui/unreadable");

fn main() {
    println!("{}", MIGRATIONS.iter().len());
}
