//! `diesel_migrations` on libpq.

use std::io;

use diesel::{Connection as _, PgConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};
use stage::{Contestant, Outcome, perform};

const N10: EmbeddedMigrations = embed_migrations!("../../sql/diesel/10");
const N20: EmbeddedMigrations = embed_migrations!("../../sql/diesel/20");
const N100: EmbeddedMigrations = embed_migrations!("../../sql/diesel/100");
const N1000: EmbeddedMigrations = embed_migrations!("../../sql/diesel/1000");
const LARGE: EmbeddedMigrations = embed_migrations!("../../sql/diesel/large");
const WRONG: EmbeddedMigrations = embed_migrations!("../../sql/diesel/wrong");
const SLOW: EmbeddedMigrations = embed_migrations!("../../sql/diesel/slow");

struct Diesel(PgConnection);

impl Contestant for Diesel {
    fn connect(url: &str) -> Outcome<Self> {
        Ok(Self(PgConnection::establish(url)?))
    }

    fn run(&mut self, set: &str) -> Outcome {
        let migrations = match set {
            "10" => N10,
            "20" => N20,
            "100" => N100,
            "1000" => N1000,
            "large" => LARGE,
            "wrong" => WRONG,
            "slow" => SLOW,
            _ => return Err("no such set".into()),
        };
        self.0
            .run_pending_migrations(migrations)
            .map_err(|error| error as Box<dyn std::error::Error>)?;
        Ok(())
    }
}

fn main() -> io::Result<()> {
    perform::<Diesel>()
}
