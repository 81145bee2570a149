use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::disaster::Disaster;
use crate::plan::Given;
use crate::sets::Kind;

/// Runs migrations among disasters, round by round, and checks what is left.
#[derive(Clone, Debug, Parser)]
#[command(name = "chaos")]
pub struct Arguments {
    /// How many rounds; their seeds are consecutive.
    #[arg(long, default_value_t = 1)]
    pub rounds: u64,
    /// The seed of the first round; without it, one that is told.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Which migrations are run; without it, the seed chooses.
    #[arg(long)]
    pub kind: Option<Kind>,
    /// The only disaster; without it, the seed chooses one or two.
    #[arg(long)]
    pub disaster: Option<Disaster>,
    /// How many rounds run at once, each on a server of its own.
    #[arg(long, default_value_t = 2)]
    pub jobs: u32,
    /// How the summary is written.
    #[arg(long, default_value = "text")]
    pub format: Format,
    /// Goes on after a round that went wrong.
    #[arg(long)]
    pub keep_going: bool,
    /// Where the logs of rounds that went wrong are kept.
    #[arg(long, default_value = "target/chaos")]
    pub logs: PathBuf,
}

/// How the summary is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a terminal.
    Text,
    /// A table of Markdown.
    Markdown,
    /// A document with a list of rows.
    Json,
}

impl Arguments {
    pub(crate) fn given(&self) -> Given {
        Given { kind: self.kind, disaster: self.disaster }
    }
}
