use std::process::ExitCode;

use crate::error::Error;

/// How a command ended. The numbers are a promise: `CLI.md` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Exit {
    Done = 0,
    Error = 1,
    Usage = 2,
    Pending = 3,
    Drift = 4,
    Lock = 5,
}

impl Exit {
    pub(super) fn of(error: &Error) -> Self {
        match error {
            _ if error.is_refused() => Self::Drift,
            _ if error.is_lock_deadline() => Self::Lock,
            _ if error.is_not_current() => Self::Pending,
            _ => Self::Error,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn the_documented_numbers_are_these() {
        let rows = include_str!("../../CLI.md").lines().filter_map(|line| line.strip_prefix("| "));
        let numbers = rows.filter_map(|row| row.split(' ').next()?.parse::<u8>().ok());
        let all = [Exit::Done, Exit::Error, Exit::Usage, Exit::Pending, Exit::Drift, Exit::Lock];
        assert_eq!(numbers.collect::<Vec<_>>(), all.map(|exit| exit as u8));
    }
}
