use migrations_runtime::{Migrations, embed_migrations};

static MIGRATIONS: Migrations = embed_migrations!("fixtures/ui/right",);

fn main() {
    assert_eq!(MIGRATIONS.iter().len(), 1);
}
