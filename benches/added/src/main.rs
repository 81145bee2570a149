//! A program with a pool of connections, to see what a tool adds to its size. They all embed the same
//! ten files.

use std::error::Error;

use r2d2_postgres::PostgresConnectionManager as Manager;
use r2d2_postgres::postgres::NoTls;

type Pool = r2d2::Pool<Manager<NoTls>>;
type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let url = std::env::var("DATABASE_URL")?;
    let pool = Pool::new(Manager::new(url.parse()?, NoTls))?;
    #[cfg(feature = "ours")]
    ours(&pool)?;
    #[cfg(feature = "refinery")]
    refinery(&pool)?;
    #[cfg(feature = "sqlx")]
    sqlx(&url)?;
    #[cfg(feature = "diesel")]
    diesel(&url)?;
    let row = pool.get()?.query_one("SELECT count(*) FROM pg_class", &[])?;
    println!("{}", row.get::<_, i64>(0));
    Ok(())
}

#[cfg(feature = "ours")]
fn ours(pool: &Pool) -> Outcome {
    use migrations_runtime::{Migrations, embed_migrations};
    static MIGRATIONS: Migrations = embed_migrations!("../sql/ours/10");
    println!("{}", MIGRATIONS.run_once(pool)?);
    Ok(())
}

#[cfg(feature = "refinery")]
fn refinery(pool: &Pool) -> Outcome {
    refinery::embed_migrations!("../sql/refinery/10");
    let report = migrations::runner().run(&mut *pool.get()?)?;
    println!("{report:?}");
    Ok(())
}

#[cfg(feature = "sqlx")]
fn sqlx(url: &str) -> Outcome {
    use sqlx::Connection as _;
    static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../sql/sqlx/10");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connection = sqlx::PgConnection::connect(url).await?;
        MIGRATOR.run(&mut connection).await?;
        Ok(())
    })
}

#[cfg(feature = "diesel")]
fn diesel(url: &str) -> Outcome {
    use diesel::Connection as _;
    use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};
    const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../sql/diesel/10");
    let mut connection = diesel::PgConnection::establish(url)?;
    let versions =
        connection.run_pending_migrations(MIGRATIONS).map_err(|error| error as Box<dyn Error>)?;
    println!("{versions:?}");
    Ok(())
}
