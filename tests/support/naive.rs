use postgres::{Client, NoTls};

/// How the origin's runner created its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naive {
    /// `CREATE TABLE IF NOT EXISTS`.
    Plain,
    /// The same within `DO $$ … EXCEPTION WHEN duplicate_object`.
    Wrapped,
}

/// A runner without a lock, which is what the project began with.
///
/// # Errors
///
/// What the server says.
pub fn run_naively(url: &str, naive: Naive) -> Result<(), postgres::Error> {
    let create = "CREATE TABLE IF NOT EXISTS bets (id text PRIMARY KEY)";
    let sql = match naive {
        Naive::Plain => create.into(),
        Naive::Wrapped => {
            format!("DO $$ BEGIN {create}; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
        }
    };
    Client::connect(url, NoTls)?.batch_execute(&sql)
}
