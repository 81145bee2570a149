use migrations_runtime::{Migrations, embed_migrations};

static MIGRATIONS: Migrations = embed_migrations!("fixtures/ui/warning-and-error");

fn main() {
    println!("{}", MIGRATIONS.iter().len());
}
