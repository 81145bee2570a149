use migrations_runtime::{Migrations, embed_migrations};

static MIGRATIONS: Migrations = embed_migrations!("fixtures/ui/copy-from-stdin");

fn main() {
    println!("{}", MIGRATIONS.iter().len());
}
