//! This library, as its README shows it.

use std::io;

use migrations_runtime::{Migrations, embed_migrations};
use r2d2_postgres::PostgresConnectionManager as Manager;
use r2d2_postgres::postgres::NoTls;
use stage::{Contestant, Outcome, perform};

static N10: Migrations = embed_migrations!("../../sql/ours/10");
static N20: Migrations = embed_migrations!("../../sql/ours/20");
static N100: Migrations = embed_migrations!("../../sql/ours/100");
static N1000: Migrations = embed_migrations!("../../sql/ours/1000");
static LARGE: Migrations = embed_migrations!("../../sql/ours/large");
static WRONG: Migrations = embed_migrations!("../../sql/ours/wrong");
static SLOW: Migrations = embed_migrations!("../../sql/ours/slow");

/// A pool of one connection, which the peers have without a pool. The pool does not ask the server
/// on each check-out whether the connection lives: that would be r2d2's round trip, not ours.
struct Ours(r2d2::Pool<Manager<NoTls>>);

impl Contestant for Ours {
    fn connect(url: &str) -> Outcome<Self> {
        let manager = Manager::new(url.parse()?, NoTls);
        let builder = r2d2::Pool::builder().max_size(1).test_on_check_out(false);
        Ok(Self(builder.build(manager)?))
    }

    fn run(&mut self, set: &str) -> Outcome {
        let migrations = match set {
            "10" => &N10,
            "20" => &N20,
            "100" => &N100,
            "1000" => &N1000,
            "large" => &LARGE,
            "wrong" => &WRONG,
            "slow" => &SLOW,
            _ => return Err("no such set".into()),
        };
        migrations.run(&self.0)?;
        Ok(())
    }
}

fn main() -> io::Result<()> {
    perform::<Ours>()
}
