//! sqlx on one connection and tokio's runtime of one thread, which is the least that it needs.

use std::io;

use sqlx::migrate::Migrator;
use sqlx::{Connection as _, PgConnection};
use stage::{Contestant, Outcome, perform};
use tokio::runtime::{Builder, Runtime};

static N10: Migrator = sqlx::migrate!("../../sql/sqlx/10");
static N20: Migrator = sqlx::migrate!("../../sql/sqlx/20");
static N100: Migrator = sqlx::migrate!("../../sql/sqlx/100");
static N1000: Migrator = sqlx::migrate!("../../sql/sqlx/1000");
static LARGE: Migrator = sqlx::migrate!("../../sql/sqlx/large");
static WRONG: Migrator = sqlx::migrate!("../../sql/sqlx/wrong");
static SLOW: Migrator = sqlx::migrate!("../../sql/sqlx/slow");

struct Sqlx {
    runtime: Runtime,
    connection: PgConnection,
}

impl Contestant for Sqlx {
    fn connect(url: &str) -> Outcome<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let connection = runtime.block_on(PgConnection::connect(url))?;
        Ok(Self { runtime, connection })
    }

    fn run(&mut self, set: &str) -> Outcome {
        let migrator = match set {
            "10" => &N10,
            "20" => &N20,
            "100" => &N100,
            "1000" => &N1000,
            "large" => &LARGE,
            "wrong" => &WRONG,
            "slow" => &SLOW,
            _ => return Err("no such set".into()),
        };
        self.runtime.block_on(migrator.run(&mut self.connection))?;
        Ok(())
    }
}

fn main() -> io::Result<()> {
    perform::<Sqlx>()
}
