use std::num::NonZeroUsize;
use std::time::Duration;

use clap::{ArgGroup, Subcommand, ValueEnum};

/// Bring the database's schema up to date, and look at it
///
/// The migrations are those that this binary embeds. Of several processes that migrate at once, one
/// does it and the others wait for it; what was applied once is not applied again.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXIT_CODES)]
#[command(subcommand_value_name = "COMMAND")]
pub struct Migrate {
    #[command(subcommand)]
    pub(super) command: Command,

    /// How results are printed; the fields of json are documented and stay
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) format: Format,

    /// Of the sets of migrations that this binary has, only this one
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) set: Option<String>,

    /// How long to wait for the migrations of other processes [default: 5min, or the program's own]
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration)]
    pub(super) lock_deadline: Option<Duration>,

    /// Do not say on stderr what happens meanwhile
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    #[default]
    Human,
    /// One JSON object
    Json,
}

#[derive(Clone, Debug, Subcommand)]
pub(super) enum Command {
    Up(Up),
    /// Show what is applied, what is pending, what is wrong, and who migrates now
    ///
    /// It changes nothing and takes no lock; the right to SELECT is enough.
    Status,
    Plan(Plan),
    /// Compare what is applied with what this binary embeds, for a deploy pipeline
    ///
    /// Lists edited, missing, late and newer migrations, and changes nothing. Exits with 3 where
    /// something is only pending, and with 4 where a run would refuse.
    Verify,
    Wait(Wait),
    Down(Down),
    Redo(Redo),
    Baseline(Baseline),
    Resolve(Resolve),
    /// Bring the history in line with what a run tolerates, without running a file
    ///
    /// Rows of older texts that their files accept get today's checksum, rows of renamed files the
    /// new name, and rows of repeatable objects whose files are gone are removed. After that, a start
    /// takes one round trip again.
    Repair,
    /// List what was applied: when, how long it took, by whom and by which version
    History,
    Unlock(Unlock),
    /// Print what this binary embeds; needs no database
    Version,
}

/// Apply what is pending
///
/// Each migration and its row in the history are committed together. With --dry-run nothing is
/// changed: what would run is listed, and with --execute also run in one transaction that is rolled
/// back, which takes the locks that the migrations take.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Up {
    /// Apply up to this version only
    #[arg(long, value_name = "VERSION")]
    pub(super) to: Option<i64>,

    /// List what would run, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Run it in one transaction, and roll that back
    #[arg(long, requires = "dry_run")]
    pub(super) execute: bool,
}

/// List what `up` would run, in order; changes nothing
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Plan {
    /// With the SQL of each file
    #[arg(long)]
    pub(super) sql: bool,
}

/// Wait until nothing is pending, and apply nothing
///
/// For an init container, or a process that must not migrate. A database that cannot be reached yet
/// is waited for, too.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Wait {
    /// How long to wait, such as 30s or 5min
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "5min")]
    pub(super) deadline: Duration,
}

/// Revert applied migrations by their down files, newest first
///
/// Shows the SQL and asks, unless --yes is given. Where one of the migrations has no down file,
/// nothing is changed.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Down {
    /// How many [default: 1]
    #[arg(long, value_name = "N", conflicts_with = "to")]
    pub(super) steps: Option<NonZeroUsize>,

    /// All that are newer than this version, which itself stays applied
    #[arg(long, value_name = "VERSION")]
    pub(super) to: Option<i64>,

    /// Do not ask
    #[arg(long, short)]
    pub(super) yes: bool,
}

/// Revert the newest migrations and apply them again, while they are being written
///
/// Asks as `down` does. Afterwards the schema is at the version at which it was.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Redo {
    /// How many
    #[arg(long, value_name = "N", default_value = "1")]
    pub(super) steps: NonZeroUsize,

    /// Do not ask
    #[arg(long, short)]
    pub(super) yes: bool,
}

/// Record the migrations up to a version as applied, without running them
///
/// For a database that has their objects already, such as one that another tool has migrated so far.
/// It is refused where something is recorded already.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Baseline {
    /// The newest version whose objects are there
    #[arg(value_name = "VERSION")]
    pub(super) version: i64,
}

/// Say what became of a migration that a run refuses to go on with
///
/// Outside of a transaction, a statement may be done or not when its runner was lost, and no catalog
/// tells. The error of `up` shows it: look, and then say what you have found.
#[derive(Clone, Debug, clap::Args)]
#[command(group = ArgGroup::new("found").required(true).args(["retry", "done"]))]
pub(super) struct Resolve {
    /// The migration's version
    #[arg(value_name = "VERSION")]
    pub(super) version: i64,

    /// It left nothing: run it again
    #[arg(long)]
    pub(super) retry: bool,

    /// It is done: go on behind it
    #[arg(long)]
    pub(super) done: bool,
}

/// Show who holds the lock of the migrations
///
/// The lock goes with the transaction that holds it, so there is nothing to unlock unless a process
/// hangs. Exits with 5 while somebody holds it.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Unlock {
    /// End the holder's session; what it had not committed is rolled back
    #[arg(long)]
    pub(super) terminate: bool,
}

impl Migrate {
    /// Whether the command looks at the database: all do, but for `version`. A program that connects
    /// eagerly can spare itself the attempt.
    #[must_use]
    pub fn needs_database(&self) -> bool {
        !matches!(self.command, Command::Version)
    }
}

impl Command {
    /// Whether it is about one set only, where there are several.
    pub(super) fn is_of_one_set(&self) -> bool {
        match self {
            Self::Up(up) => up.to.is_some(),
            Self::Down(_)
            | Self::Redo(_)
            | Self::Baseline(_)
            | Self::Resolve(_)
            | Self::Unlock(_) => true,
            _ => false,
        }
    }

    /// The version up to which something is done, which has to be embedded.
    pub(super) fn target(&self) -> Option<i64> {
        match self {
            Self::Up(up) => up.to,
            Self::Baseline(baseline) => Some(baseline.version),
            _ => None,
        }
    }

    /// Whether somebody has to be asked.
    pub(super) fn asks(&self) -> bool {
        matches!(self, Self::Down(Down { yes: false, .. }) | Self::Redo(Redo { yes: false, .. }))
    }
}

fn duration(text: &str) -> Result<Duration, humantime::DurationError> {
    humantime::parse_duration(text)
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done; nothing is pending
  1  an error: no connection, a migration that the server refuses, a no to the question
  2  wrong use
  3  something is pending (status, plan, verify, up --dry-run), or still was at the deadline (wait)
  4  what is applied does not fit what this binary embeds: a run refuses
  5  the lock was not obtained in time (see `unlock`), or somebody holds it (unlock)

Results go to stdout, everything else to stderr. Output is coloured on a terminal, unless NO_COLOR
is set.";
