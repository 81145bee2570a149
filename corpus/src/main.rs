//! Compares what `migrations-source` says about SQL texts with what a real server says.

#![allow(clippy::print_stdout, clippy::print_stderr)] // A table for people is all of its output.

mod arguments;
mod client_side;
mod compare;
mod files;
mod findings;
mod migration;
mod pieces;
mod report;
mod server;
mod splitting;

use std::env;
use std::error::Error;
use std::process::ExitCode;

use arguments::Arguments;
use findings::Findings;
use local_postgres::TemporaryServer;
use migration::Migration;
use server::Server;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("corpus: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whether all is as it has to be.
fn run() -> Result<bool, Box<dyn Error>> {
    let arguments = Arguments::parse(env::args_os().skip(1))?;
    let files = files::find(&arguments.directories)?;
    let temporary = TemporaryServer::start()?;
    let mut server = Server::connect(&temporary.url("postgres"))?;
    let mut findings = Findings::default();
    let migration = Migration::new()?;
    for file in &files {
        compare::file(file, &mut server, &migration, &mut findings)?;
    }
    report::print(&server.version, &findings, arguments.list);
    Ok(findings.are_good())
}
