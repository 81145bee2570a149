use std::io;
use std::process::ExitCode;

use crate::console::Console;
use crate::render::human::headline;
use crate::style::{ERROR, HINT};

/// How a command ended that could be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All is as it should be.
    Fine,
    /// Problems were found, or something was not written because of them.
    Problems,
    /// It could not be done after all.
    Failed,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Fine => Self::SUCCESS,
            Outcome::Problems => Self::from(1),
            Outcome::Failed => Self::from(2),
        }
    }
}

/// Why a command could not be done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was attempted and why it failed, and what to do next.
    Told { message: String, help: Option<String> },
    /// The output could not be written.
    Output(io::Error),
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::Told { message: message.into(), help: None }
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        match self {
            Self::Told { message, .. } => Self::Told { message, help: Some(help.into()) },
            output @ Self::Output(_) => output,
        }
    }

    /// Tells it, as far as that is possible.
    pub(crate) fn tell(&self, console: &mut Console<'_>) -> Outcome {
        // Where stderr is closed, too, the exit code is all that is left.
        let _ = self.try_tell(console);
        Outcome::Failed
    }

    fn try_tell(&self, console: &mut Console<'_>) -> io::Result<()> {
        match self {
            Self::Told { message, help } => {
                headline(console.err, ERROR, "error", message)?;
                help.iter()
                    .try_for_each(|help| writeln!(console.err, "  {HINT}= help{HINT:#}: {help}"))
            }
            // The reader of a pipe, such as `head`, has enough.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Self::Output(error) => {
                let message = format!("cannot write the output: {error}");
                headline(console.err, ERROR, "error", &message)
            }
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
