//! `chaos`: see `README.md`. `chaos migrate …` is what it starts many of.

use std::env;
use std::io::Write as _;
use std::process::ExitCode;

use chaos::{Arguments, Campaign};
use clap::Parser as _;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    if let [first, rest @ ..] = arguments.as_slice()
        && first == "migrate"
    {
        return chaos::migrate(rest);
    }
    match drive() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            tell(&format!("chaos: {error}"));
            ExitCode::from(2)
        }
    }
}

fn drive() -> chaos::Result<u64> {
    let campaign = Campaign::new(Arguments::parse(), env::current_exe()?);
    let (failures, summary) = campaign.run(&tell)?;
    std::io::stdout().lock().write_all(summary.as_bytes())?;
    Ok(failures)
}

fn tell(text: &str) {
    // Nobody is left to be told that nobody listens.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
