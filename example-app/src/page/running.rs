//! What a row says of its file besides what is recorded: that it runs now, or that it has failed.

use migrations_runtime::{Entry, Holder, Migration};

use crate::now::Doing;
use crate::readiness::Start;

/// What is known of runs.
pub(super) struct Runs<'a> {
    pub(super) start: &'a Start,
    /// Of this process.
    pub(super) doing: Option<Doing>,
    /// Of whichever process.
    pub(super) holder: Option<&'a Holder>,
}

/// One word for the state, and what there is to say of it.
#[derive(Debug, PartialEq)]
pub(super) struct Shown {
    pub(super) word: &'static str,
    pub(super) detail: String,
}

impl Runs<'_> {
    /// This process knows what it does itself; others are known to run what the server shows of them.
    pub(super) fn shown(&self, entry: &Entry) -> Shown {
        let file = entry.migration.map_or("", Migration::file_name);
        let recorded = Shown { word: entry.state.as_str(), detail: String::new() };
        if !entry.state.is_pending() {
            return recorded;
        }
        self.own(file).or_else(|| self.of_others(file)).unwrap_or(recorded)
    }

    fn own(&self, file: &str) -> Option<Shown> {
        if let Some(doing) = self.doing.as_ref().filter(|doing| doing.file == file) {
            return Some(Shown { word: "running", detail: detail(doing) });
        }
        match self.start {
            Start::Failed(trouble) if trouble.file == Some(file) => {
                Some(Shown { word: "failed", detail: trouble.code() })
            }
            _ => None,
        }
    }

    fn of_others(&self, file: &str) -> Option<Shown> {
        let holder = self.holder.filter(|it| is_applying(&it.query, &it.state, file))?;
        Some(Shown { word: "running", detail: format!("by pid {}", holder.pid) })
    }
}

fn detail(Doing { statement, rows, pauses, .. }: &Doing) -> String {
    let parts = [
        Some("in this process".into()),
        statement.map(|(number, count)| format!("statement {number} of {count}")),
        rows.map(|rows| format!("{rows} rows")),
        pauses.then(|| "pauses before it is tried again".into()),
    ];
    parts.into_iter().flatten().collect::<Vec<String>>().join(", ")
}

/// Whether the statement begins with the comment that the library puts in front of a file. It is
/// shortened, so that of a long name there may be too little to tell; then it is not known.
///
/// A session that is not active shows what it ran last, and has that behind it; but where a file runs
/// outside of a transaction, the one that holds the lock is idle, and sends nothing but the comment.
fn is_applying(statement: &str, state: &str, file: &str) -> bool {
    let behind = statement.strip_prefix("/* applying ").and_then(|it| it.strip_prefix(file));
    let begins = |end| behind.is_some_and(|behind| behind.starts_with(end));
    begins(" outside of a transaction */") || (begins(" */") && state == "active")
}

#[cfg(test)]
mod tests {
    use super::{detail, is_applying};
    use crate::now::Doing;

    #[test]
    fn tells_who_applies_the_file_from_who_does_not() {
        let cases = [
            ("/* applying 0001_a.sql */ SET LOCAL lock_timeout = 5000", "active", true),
            ("/* applying 0001_a.sql */ SET LOCAL", "idle in transaction", false),
            ("/* applying 0001_a.sql outside of a transaction */", "idle in transaction", true),
            ("/* applying 0001_a.sql.sql */ SELECT", "active", false),
            ("/* applying 0001_a.s …", "active", false),
            ("/* applying 0002_b.sql */ SELECT '/* applying 0001_a.sql */'", "active", false),
            ("SELECT '/* applying 0001_a.sql */'", "active", false),
            ("", "", false),
        ];
        for (statement, state, expected) in cases {
            assert_eq!(is_applying(statement, state, "0001_a.sql"), expected, "{statement}");
        }
    }

    #[test]
    fn tells_how_far_this_process_is() {
        let mut doing = Doing { file: "", statement: None, rows: None, pauses: false };
        assert_eq!(detail(&doing), "in this process");
        (doing.statement, doing.rows, doing.pauses) = (Some((2, 3)), Some(5000), true);
        let expected =
            "in this process, statement 2 of 3, 5000 rows, pauses before it is tried again";
        assert_eq!(detail(&doing), expected);
    }
}
