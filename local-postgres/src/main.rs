//! A server for as long as somebody holds on to it: it goes when standard input ends (Ctrl-D).
//!
//! `local-postgres` starts a temporary server, `local-postgres DIRECTORY` opens a shared one, and
//! `local-postgres --pooler` starts a temporary server with a PgBouncer in front of it.

use local_postgres::{SharedServer, TemporaryPooler, TemporaryServer};
use std::env;
use std::io::{self, Write as _};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    match env::args_os().nth(1) {
        None => {
            let server = TemporaryServer::start()?;
            hold(&server.url("postgres"), server.postmaster_pid())?;
        }
        Some(option) if option == "--pooler" => {
            let server = TemporaryServer::start()?;
            let pooler = TemporaryPooler::start(&server, &[("pool_mode", "transaction")])?;
            hold(&pooler.url("postgres"), pooler.pid())?;
        }
        Some(directory) => {
            let server = SharedServer::open(directory)?;
            hold(&server.url("postgres"), server.postmaster_pid())?;
        }
    }
    Ok(())
}

/// Prints the URL of the server or the pooler and its process id, a line each, and waits.
fn hold(url: &str, pid: Option<u32>) -> io::Result<()> {
    let mut stdout = io::stdout();
    writeln!(stdout, "{url}\n{}", pid.unwrap_or_default())?;
    stdout.flush()?;
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
