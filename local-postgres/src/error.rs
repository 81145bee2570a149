//! One error: what was attempted, where, and what to do next.

use std::fmt;
use std::io;
use std::path::Path;

const LINES_OF_LOG: usize = 20;

/// What went wrong, in one sentence for the person who has to put it right.
///
/// `Display` says what was attempted and on which path; the operating system's reason, where there
/// is one, is the [`source`](std::error::Error::source). `Debug` prints both, as English.
pub struct Error {
    kind: Kind,
    message: String,
    source: Option<io::Error>,
}

#[derive(PartialEq)]
enum Kind {
    NotInstalled,
    PortTaken,
    Other,
}

impl Error {
    /// Whether the PostgreSQL server's binaries were not found on this machine.
    #[must_use]
    pub fn is_not_installed(&self) -> bool {
        self.kind == Kind::NotInstalled
    }

    /// Another process took the TCP port between our choice and the server's start.
    pub(crate) fn is_port_taken(&self) -> bool {
        self.kind == Kind::PortTaken
    }

    pub(crate) fn other(message: impl Into<String>) -> Self {
        Self::new(Kind::Other, message.into())
    }

    pub(crate) fn not_installed(message: impl Into<String>) -> Self {
        Self::new(Kind::NotInstalled, message.into())
    }

    /// The server did not come up; its own words are in `log`.
    pub(crate) fn not_started(directory: &Path, log: &str) -> Self {
        let kind =
            if log.contains("Address already in use") { Kind::PortTaken } else { Kind::Other };
        let message = format!(
            "the server in `{}` did not start; its log ends with:\n{}",
            directory.display(),
            last_lines(log)
        );
        Self::new(kind, message)
    }

    /// An adapter for `map_err`: `attempt` is a verb with its object, such as `create directory`.
    pub(crate) fn io(attempt: &str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let message = format!("failed to {attempt} `{}`", path.display());
        |source| Self { source: Some(source), ..Self::other(message) }
    }

    fn new(kind: Kind, message: String) -> Self {
        Self { kind, message, source: None }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES_OF_LOG)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as _;

    #[test]
    fn is_send_and_sync() {
        fn check<T: Send + Sync + 'static>() {}
        check::<Error>();
    }

    #[test]
    fn display_names_the_path_and_leaves_the_reason_to_the_source() {
        let reason = io::Error::new(io::ErrorKind::PermissionDenied, "no entry");
        let error = Error::io("create directory", Path::new("/a"))(reason);
        assert_eq!(error.to_string(), "failed to create directory `/a`");
        assert_eq!(error.source().unwrap().to_string(), "no entry");
        assert_eq!(format!("{error:?}"), "failed to create directory `/a`: no entry");
    }

    #[test]
    fn a_taken_port_is_recognised() {
        let directory = Path::new("/a");
        assert!(Error::not_started(directory, "bind: Address already in use").is_port_taken());
        assert!(!Error::not_started(directory, "FATAL: no").is_port_taken());
    }

    #[test]
    fn only_the_end_of_a_log_is_told() {
        let log = (1..=100).fold(String::new(), |log, line| log + &format!("line {line}\n"));
        let told = last_lines(&log);
        assert!(told.starts_with("line 81\n") && told.ends_with("line 100"), "{told}");
        assert_eq!(last_lines(""), "");
    }
}
