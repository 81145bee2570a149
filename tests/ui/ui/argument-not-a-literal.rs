use migrations_runtime::{Migrations, embed_migrations};

const FOLDER: &str = "fixtures/ui/right";
static MIGRATIONS: Migrations = embed_migrations!(FOLDER);

fn main() {
    println!("{}", MIGRATIONS.iter().len());
}
