use std::error::Error as StdError;
use std::io;

use super::exit::Exit;
use crate::error::Error;

/// Why a command was not done.
#[derive(Debug)]
pub(super) enum Failure {
    /// How it was called cannot be.
    Usage(String),
    /// The program could not open its database.
    Connect(String),
    /// A person said no.
    Declined,
    Migrations(Error),
    /// The output could not be written.
    Output(io::Error),
}

impl Failure {
    pub(super) fn connect(error: &dyn StdError) -> Self {
        Self::Connect(with_causes(error))
    }

    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::Migrations(error) => Exit::of(error),
            Self::Connect(_) | Self::Declined | Self::Output(_) => Exit::Error,
        }
    }

    /// One word for programs.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Usage(_) => "usage",
            Self::Connect(_) => "pool",
            Self::Declined => "declined",
            Self::Migrations(error) => kind(error),
            Self::Output(_) => "other",
        }
    }

    pub(super) fn message(&self) -> String {
        match self {
            Self::Usage(message) | Self::Connect(message) => message.clone(),
            Self::Declined => "nothing was changed".into(),
            Self::Migrations(error) => error.to_string(),
            Self::Output(error) => format!("cannot write the output: {error}"),
        }
    }
}

fn kind(error: &Error) -> &'static str {
    match error {
        _ if error.is_refused() => "refused",
        _ if error.is_lock_deadline() => "lock",
        _ if error.is_not_current() => "not-current",
        _ if error.is_stopped() => "stopped",
        _ if error.is_pool() => "pool",
        _ if error.migration().is_some() => "migration",
        _ => "other",
    }
}

/// The error, and of its causes those that add something.
fn with_causes(error: &dyn StdError) -> String {
    let mut message = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let added = cause.to_string();
        if !message.contains(&added) {
            message = format!("{message}: {added}");
        }
        next = cause.source();
    }
    message
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Migrations(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Exit, Failure};
    use crate::error::Error;

    #[test]
    fn each_failure_has_its_kind_and_its_exit_code() {
        let hour = Duration::from_secs(3600);
        let cases = [
            (Failure::Usage(String::new()), "usage", Exit::Usage),
            (Failure::Connect(String::new()), "pool", Exit::Error),
            (Failure::Declined, "declined", Exit::Error),
            (Error::refused(Vec::new()).into(), "refused", Exit::Drift),
            (Error::deadline(hour, None).into(), "lock", Exit::Lock),
            (Error::not_current(hour, Vec::new(), None).into(), "not-current", Exit::Pending),
            (Error::stopped().into(), "stopped", Exit::Error),
            (Error::not_embedded(7).into(), "other", Exit::Error),
        ];
        for (failure, kind, exit) in cases {
            assert_eq!((failure.kind(), failure.exit()), (kind, exit), "{failure:?}");
        }
    }
}
