//! A program that embeds two sets: `two-sets migrate …`, on the database of `DATABASE_URL`.

use std::env;
use std::error::Error;
use std::process::ExitCode;

use migrations_runtime::{Migrations, Sets, cli, embed_migrations};
use r2d2_postgres::PostgresConnectionManager;
use r2d2_postgres::postgres::NoTls;

static LEDGER: Migrations = embed_migrations!("tests/two_sets/ledger");
static SHOP: Migrations = embed_migrations!("tests/two_sets/shop");

type Pool = r2d2::Pool<PostgresConnectionManager<NoTls>>;

fn main() -> ExitCode {
    let ledger = LEDGER.runner().set_name("ledger");
    let sets = Sets::new().then(ledger).then(SHOP.runner().set_name("shop"));
    cli::run(sets, connect).unwrap_or(ExitCode::FAILURE)
}

fn connect() -> Result<Pool, Box<dyn Error>> {
    let url = env::var("DATABASE_URL")?;
    Ok(Pool::new(PostgresConnectionManager::new(url.parse()?, NoTls))?)
}
