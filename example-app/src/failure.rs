//! How the service says, once and on standard error, why it cannot start.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

/// The exit code when somebody has to change how the service is called, or install something.
pub(crate) const WRONG_USE: u8 = 2;

/// Prints the error and returns the exit code for it.
#[expect(clippy::print_stderr, reason = "an error at the start is for whoever started it")]
pub(crate) fn tell(error: &(dyn Error + 'static)) -> ExitCode {
    eprintln!("{}", message(error));
    let server = error.downcast_ref::<local_postgres::Error>();
    if server.is_some_and(local_postgres::Error::is_not_installed) {
        return ExitCode::from(WRONG_USE);
    }
    ExitCode::FAILURE
}

/// What was attempted, in front of an error that does not say so itself.
#[derive(Debug)]
pub(crate) struct Failed {
    attempt: String,
    cause: Box<dyn Error>,
}

impl Failed {
    /// An adapter for `map_err`.
    pub(crate) fn to<E: Error + 'static>(attempt: impl Into<String>) -> impl FnOnce(E) -> Self {
        let attempt = attempt.into();
        |cause| Self { attempt, cause: cause.into() }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed to {}", self.attempt)
    }
}

impl Error for Failed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.cause.as_ref())
    }
}

/// The error, and of its causes those that add something.
pub(crate) fn message(error: &(dyn Error + 'static)) -> String {
    let mut message = error.to_string();
    if error.is::<migrations_runtime::Error>() {
        return message; // It is complete.
    }
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_message = cause.to_string();
        if !message.contains(&cause_message) {
            message = format!("{message}: {cause_message}");
        }
        next = cause.source();
    }
    message
}

#[cfg(test)]
mod tests {
    use super::{Failed, message};
    use std::io::Error;

    #[test]
    fn tells_a_cause_that_adds_something() {
        let error = Failed::to("listen on here")(Error::other("in use"));
        assert_eq!(message(&error), "failed to listen on here: in use");
    }

    #[test]
    fn tells_nothing_twice() {
        let error = Failed::to("listen: in use")(Error::other("in use"));
        assert_eq!(message(&error), "failed to listen: in use");
    }
}
