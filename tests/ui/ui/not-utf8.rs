use migrations_runtime::{Migrations, embed_migrations};

static MIGRATIONS: Migrations = embed_migrations!("fixtures/ui/not-utf8");

fn main() {
    println!("{}", MIGRATIONS.iter().len());
}
