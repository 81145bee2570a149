//! A server for as long as somebody holds on to it: it goes when standard input ends (Ctrl-D).
//!
//! `local-postgres` starts a temporary server, `local-postgres DIRECTORY` opens a shared one.

use local_postgres::{SharedServer, TemporaryServer};
use std::env;
use std::io::{self, Write as _};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    match env::args_os().nth(1) {
        None => {
            let server = TemporaryServer::start()?;
            hold(&server.url("postgres"), server.postmaster_pid())?;
        }
        Some(directory) => {
            let server = SharedServer::open(directory)?;
            hold(&server.url("postgres"), server.postmaster_pid())?;
        }
    }
    Ok(())
}

/// Prints the server's URL and process id, a line each, and waits.
fn hold(url: &str, pid: Option<u32>) -> io::Result<()> {
    let mut stdout = io::stdout();
    writeln!(stdout, "{url}\n{}", pid.unwrap_or_default())?;
    stdout.flush()?;
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
