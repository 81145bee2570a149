//! The command line.

use std::error::Error;
use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use lexopt::ValueExt as _;
use lexopt::prelude::{Long, Short};

use crate::failure::WRONG_USE;

const HELP: &str = "\
A small service that takes bets.

Usage: example-app [--migrate-only | --stay] [--listen ADDRESS] [--data DIRECTORY]
       example-app migrate COMMAND    look at the schema and change it; see `migrate --help`

  --migrate-only      bring the schema up to date, then exit
  --stay              where migrations fail, go on serving /healthz, /readyz and /migrations
  --listen ADDRESS    serve on this address; port 0 picks a free one [127.0.0.1:3000]
  --data DIRECTORY    where the private server keeps its data [target/example-postgres]
  -h, --help          print this

Environment:
  DATABASE_URL        the database to use; without it, a private server is started from the
                      PostgreSQL that is installed on this machine
  RUST_LOG            what to log, such as `debug` or `migrations_runtime=debug` [info]
";

#[derive(Debug, PartialEq)]
pub(crate) struct Arguments {
    pub(crate) migrate_only: bool,
    pub(crate) stay: bool,
    pub(crate) listen: SocketAddr,
    pub(crate) data: PathBuf,
}

/// The arguments, or with what to exit when that was all.
pub(crate) fn from_command_line() -> Result<Arguments, ExitCode> {
    match parse(std::env::args_os().skip(1)) {
        Ok(Some(arguments)) => Ok(arguments),
        Ok(None) => Err(help()),
        Err(error) => Err(usage(error.as_ref())),
    }
}

#[expect(clippy::print_stdout, reason = "what `--help` is asked for")]
fn help() -> ExitCode {
    print!("{HELP}");
    ExitCode::SUCCESS
}

#[expect(clippy::print_stderr, reason = "there is no log yet, and it is not for the log's readers")]
fn usage(error: &dyn Error) -> ExitCode {
    eprintln!("example-app: {error}\n\n{HELP}");
    ExitCode::from(WRONG_USE)
}

/// `None` asks for help.
fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Option<Arguments>, Box<dyn Error>> {
    let mut parsed = Arguments::default();
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("migrate-only") => parsed.migrate_only = true,
            Long("stay") => parsed.stay = true,
            Long("listen") => parsed.listen = address(&parser.value()?.string()?)?,
            Long("data") => parsed.data = parser.value()?.into(),
            Long("help") | Short('h') => return Ok(None),
            other => return Err(other.unexpected().into()),
        }
    }
    if parsed.migrate_only && parsed.stay {
        return Err("`--migrate-only` serves nothing, so it cannot be used with `--stay`".into());
    }
    Ok(Some(parsed))
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("`{text}` is not an address such as 127.0.0.1:3000"))
}

impl Default for Arguments {
    fn default() -> Self {
        Self {
            migrate_only: false,
            stay: false,
            listen: (Ipv4Addr::LOCALHOST, 3000).into(),
            data: concat!(env!("CARGO_MANIFEST_DIR"), "/../target/example-postgres").into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Arguments, parse};

    fn parsed(line: &str) -> Result<Option<Arguments>, String> {
        parse(line.split_whitespace().map(Into::into)).map_err(|error| error.to_string())
    }

    #[test]
    fn knows_its_options() {
        let line = "--stay --listen=[::1]:80 --data /some/where";
        let expected = Arguments {
            migrate_only: false,
            stay: true,
            listen: "[::1]:80".parse().unwrap(),
            data: "/some/where".into(),
        };
        assert_eq!(parsed(line), Ok(Some(expected)));
        assert_eq!(parsed(""), Ok(Some(Arguments::default())));
        let migrate_only = Arguments { migrate_only: true, ..Arguments::default() };
        assert_eq!(parsed("--migrate-only"), Ok(Some(migrate_only)));
        assert_eq!(parsed("-h"), Ok(None));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for (line, expected) in [
            ("--verbose", "invalid option '--verbose'"),
            ("3000", "unexpected argument \"3000\""),
            ("--listen", "missing argument for option '--listen'"),
            (
                "--stay --migrate-only",
                "`--migrate-only` serves nothing, so it cannot be used with `--stay`",
            ),
            ("--listen here", "`here` is not an address such as 127.0.0.1:3000"),
        ] {
            assert_eq!(parsed(line), Err(expected.into()), "{line}");
        }
    }
}
