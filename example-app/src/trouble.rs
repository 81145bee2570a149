//! What went wrong, in words that everybody may read.
//!
//! The whole error may quote rows, statements, addresses and names of roles; it is for the log.

use std::fmt;

use migrations_runtime::Error;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Trouble {
    /// The file that failed, if it was a file.
    pub(crate) file: Option<&'static str>,
    sqlstate: Option<String>,
    kind: &'static str,
}

impl Trouble {
    pub(crate) fn of(error: &Error) -> Self {
        Self {
            file: error.migration().map(migrations_runtime::Migration::file_name),
            sqlstate: error.code().map(|code| code.code().to_owned()),
            kind: kind(error),
        }
    }

    /// Nothing where the server has not said any.
    pub(crate) fn code(&self) -> String {
        self.sqlstate.as_ref().map_or_else(String::new, |code| format!("SQLSTATE {code}"))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = self.file {
            write!(f, "{file}: ")?;
        }
        f.write_str(self.kind)?;
        self.sqlstate.iter().try_for_each(|_| write!(f, " ({})", self.code()))
    }
}

fn kind(error: &Error) -> &'static str {
    match error {
        _ if error.is_pool() => "no connection to the database",
        _ if error.is_refused() => "the history of migrations does not fit",
        _ if error.is_lock_deadline() => "the migrations of others took too long",
        _ if error.code().is_some() => "the server has refused a statement",
        _ => "an error that only the log tells",
    }
}

#[cfg(test)]
mod tests {
    use super::Trouble;

    #[test]
    fn names_the_file_and_the_code_where_there_are_any() {
        let mut trouble = Trouble { file: None, sqlstate: None, kind: "it failed" };
        assert_eq!(trouble.to_string(), "it failed");
        (trouble.file, trouble.sqlstate) = (Some("0001_a.sql"), Some("42P07".into()));
        assert_eq!(trouble.to_string(), "0001_a.sql: it failed (SQLSTATE 42P07)");
    }
}
