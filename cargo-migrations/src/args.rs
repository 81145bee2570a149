use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::style::HELP;

/// Names, checks, locks and lists the PostgreSQL migrations that `migrations-runtime` embeds
///
/// A migration is a file `VERSION_name.sql` in the folder `migrations`: digits (a sequence or a
/// timestamp), an underscore, and letters, digits, `_` or `-`. `VERSION_name.down.sql` reverts it.
/// `repeatable/NAME.sql` is a view or the like, which is applied whenever it has changed. The folder
/// is the one that `embed_migrations!()` embeds: beside the Cargo.toml of the crate that you are in,
/// or else at the root of its workspace. No command needs a database.
#[derive(Debug, Parser)]
#[command(
    name = "cargo-migrations",
    bin_name = "cargo migrations",
    version,
    verbatim_doc_comment,
    styles = HELP,
    after_long_help = EXAMPLES
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// The folder of the migrations [default: as `embed_migrations!()` finds it]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    New(New),
    Check(Check),
    Lock(Lock),
    List(List),
}

/// Create the file of a new migration, under the next version
///
/// The version is what the folder's newest one asks for: after a timestamp (14 digits, UTC) a later
/// timestamp, after another number the next one in as many digits. The first is 0001. A folder that
/// is not there is created.
///
/// Nothing but the paths is printed to stdout, so this opens the new file:
///
///   `$EDITOR "$(cargo migrations new create_users)"`
///
/// In a folder with a migrations.lock the file has to be listed by `cargo migrations lock` when its
/// SQL is written: its line covers the text.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, after_long_help = EXIT_CODES_OF_NEW)]
pub(crate) struct New {
    /// What it does, such as `create_users`; spaces become `_`
    pub(crate) name: String,

    /// Create `VERSION_name.down.sql`, too, for what undoes it
    #[arg(long)]
    pub(crate) down: bool,

    /// Take a timestamp as the version, also in a folder that has none
    #[arg(long)]
    pub(crate) timestamp: bool,

    /// Create `repeatable/NAME.sql`: a view, a function or grants, applied whenever it changes
    #[arg(long, conflicts_with_all = ["down", "timestamp"])]
    pub(crate) repeatable: bool,
}

/// Check the folder as the compiler does, without compiling
///
/// All problems are told at once: misnamed, duplicate, unreadable and empty files, statements that
/// PostgreSQL's grammar refuses or that cannot run as part of a migration, directives that are
/// unknown, down files without their migration, repeatable objects that wait for each other, and
/// what differs from migrations.lock, if there is one.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, after_long_help = FORMATS_OF_CHECK)]
pub(crate) struct Check {
    /// How problems are printed
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: CheckFormat,

    /// Fail on warnings, too
    #[arg(long)]
    pub(crate) deny_warnings: bool,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people, as the compiler prints them
    #[default]
    Human,
    /// One JSON object on each line
    Json,
    /// Annotations of a GitHub workflow
    Github,
}

/// Write migrations.lock, after showing what changes
///
/// The lock lists each file with a hash that covers it and all files before it. Committed, it makes
/// an edited, removed or reordered file a compile error, and lets two branches that both add a file
/// conflict in git; `lock` then takes the lines of both. Down files and repeatable objects may be
/// edited at any time: they are listed by name only, so that cargo notices new ones.
///
/// What was added or moved is written without a question. An edited or a renamed file is accepted
/// with --accept, or with a yes on a terminal. The line of a migration that is gone, or one that
/// cannot be read, is dropped only with --force; a name whose file is gone, without a question. If
/// one of them is missing, nothing is written.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, after_long_help = EXIT_CODES_OF_LOCK)]
pub(crate) struct Lock {
    /// Accept files that were edited or renamed
    #[arg(long)]
    pub(crate) accept: bool,

    /// Drop the lines of removed migrations, and lines that cannot be read
    #[arg(long)]
    pub(crate) force: bool,

    /// Write nothing, fail if there is something to write
    #[arg(long, conflicts_with_all = ["accept", "force"])]
    pub(crate) check: bool,
}

/// List the migrations, and the repeatable objects in their order, with what is known of each
#[derive(Debug, clap::Args)]
#[command(after_long_help = FORMATS_OF_LIST)]
pub(crate) struct List {
    /// How migrations are printed
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: ListFormat,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum ListFormat {
    /// A table
    #[default]
    Human,
    /// One JSON object on each line
    Json,
}

const EXAMPLES: &str = "\
Examples:
  cargo migrations new create_users          # migrations/0001_create_users.sql
  cargo migrations check                     # before a commit
  cargo migrations check --format github     # in a workflow
  cargo migrations lock                      # list new files in migrations.lock
  cargo migrations list --format json

Exit codes:
  0  it is as it should be
  1  problems were found, or something was not written because of them
  2  the command could not be done: its arguments, no such folder, a file that cannot be written

Output is coloured on a terminal, unless NO_COLOR is set.";

const EXIT_CODES_OF_NEW: &str = "\
Exit codes:
  0  the files were created
  2  they were not: the name, no version left, a file that cannot be written";

const FORMATS_OF_CHECK: &str = "\
Formats:
  json    on each line one problem, an object with these keys; lines and columns count from 1,
          columns in characters
            path      string, as it can be opened from the working directory
            line      number or null
            column    number or null
            severity  \"error\" or \"warning\"
            rule      string or null: its name, as in `-- migrations: allow=NAME`
            message   string
            help      array of strings
  github  ::error file=…,line=…,col=…,title=…::…, and ::warning likewise; paths are relative to
          GITHUB_WORKSPACE, and a line of plain text with the numbers comes last

Exit codes:
  0  no errors; with --deny-warnings, no warnings either
  1  problems were found
  2  the command could not be done";

const EXIT_CODES_OF_LOCK: &str = "\
Exit codes:
  0  migrations.lock is up to date, now or already
  1  it was not written: the folder has errors, a flag or a yes is missing, or --check was given
  2  the command could not be done";

const FORMATS_OF_LIST: &str = "\
Columns:
  VERSION     as in the file's name, or `repeatable`
  NAME        what follows it, or the name of the object
  CHECKSUM    the beginning of the SHA-256 of its tokens; json has all of it
  STATEMENTS  how many it has
  DOWN        yes, no: whether a down file reverts it
  LOCK        yes, no, edited, renamed or moved: how it stands in migrations.lock; - without a lock
  DIRECTIVES  what its comments `-- migrations: …` say

Formats:
  json  on each line one migration or repeatable object, an object with these keys
          version     number, or null of a repeatable object
          name        string
          path        string, as it can be opened from the working directory
          checksum    \"sha256:\" and 64 hexadecimal digits
          statements  number
          directives  object: no_transaction and batch (booleans), batch_pause_ms, batch_rate,
                      lock_timeout_ms and statement_timeout_ms (number or null), allow and accept
                      (arrays of strings), after (array of strings)
          down        string, the path of its down file, or null
          lock        \"listed\", \"unlisted\", \"edited\", \"renamed\", \"moved\", or null without a lock

Exit codes:
  0  all migrations are listed
  1  the folder has errors, so that files may be missing here; `cargo migrations check` tells them
  2  the command could not be done";
