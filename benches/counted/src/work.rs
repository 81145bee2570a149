//! What is counted.

use migrations_runtime::{Migrations, embed_migrations};
use r2d2_postgres::PostgresConnectionManager as Manager;
use r2d2_postgres::postgres::NoTls;

use crate::Result;
use crate::expand::{self, Expansion};
use crate::input::Input;
use crate::load;

/// A thousand files, which `benches/instructions` writes.
static MIGRATIONS: Migrations = embed_migrations!("migrations");

/// Does it so many times.
pub(crate) fn work(what: &str, times: usize) -> Result {
    match what {
        "no-op" => run(times),
        "expand" => (0..times).try_for_each(|_| expand()),
        _ => Err(format!("what is {what}?").into()),
    }
}

/// The first run can have something to do.
fn run(times: usize) -> Result {
    let manager = Manager::new(std::env::var("DATABASE_URL")?.parse()?, NoTls);
    let pool = r2d2::Pool::builder().max_size(1).test_on_check_out(false).build(manager)?;
    for _ in 0..times {
        MIGRATIONS.run(&pool)?;
    }
    Ok(())
}

/// What the macro's door does, but for what the compiler does: it makes tokens of the text.
fn expand() -> Result {
    let input: Input = syn::parse_str("\"migrations\"")?;
    let set = load::load(&input).map_err(|refusal| expand::refusal(&refusal).messages)?;
    let Expansion { messages, statements, value } = expand::migrations(&set);
    if [messages, statements, value].concat().is_empty() {
        Err("nothing was expanded".into())
    } else {
        Ok(())
    }
}
