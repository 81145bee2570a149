use std::path::Path;

use crate::diagnostic::Diagnostic;
use crate::lexer::Token;
use crate::position::Position;
use crate::statements::{Statement, statements};

/// Refuses each statement that begins or ends a transaction: PostgreSQL's manual, "Transactions"
/// and the pages of the commands.
///
/// A `COMMIT` in a migration would be no error to the server: it would end the transaction that the
/// migration shares with its history row, and what follows would be committed on its own.
pub(crate) fn check(path: &Path, text: &str, tokens: &[Token<'_>]) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let (mut position, mut seen) = (Position::START, 0);
    for statement in statements(tokens) {
        if let Some(control) = control(&statement) {
            let start = statement.range().start;
            position = position.after(&text[seen..start]);
            seen = start;
            problems.push(control.problem(path).at(position));
        }
    }
    problems
}

/// What a statement does to a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Control {
    Begins(&'static str),
    Ends(&'static str),
    /// It deals with another transaction, and must not stand within one.
    EndsPrepared(&'static str),
}

impl Control {
    fn problem(self, path: &Path) -> Diagnostic {
        let (command, trouble, help) = match self {
            Self::Begins(command) => (
                command,
                "begins a transaction, but the migration is already in one",
                "remove it, and what ends it",
            ),
            Self::Ends(command) => {
                (command, "would end the transaction that the migration is in", "remove it")
            }
            Self::EndsPrepared(command) => (
                command,
                "cannot run in a transaction, but the migration is in one",
                "remove it, and run it by hand",
            ),
        };
        Diagnostic::new(path, format!("`{command}` {trouble}, together with its history row"))
            .help(format!("{help}: the transaction begins before the file and ends after it"))
    }
}

fn control(statement: &Statement<'_, '_>) -> Option<Control> {
    let mut words = statement.code().map(keyword);
    let words = [(); 3].map(|()| words.next().unwrap_or_default());
    match words {
        // A prepared statement may be called `transaction`, and a savepoint is gone back to.
        ["PREPARE", "TRANSACTION", "AS" | "("]
        | ["ROLLBACK", "TO", _]
        | ["ROLLBACK", "TRANSACTION" | "WORK", "TO"] => None,
        ["BEGIN", ..] => Some(Control::Begins("BEGIN")),
        ["START", "TRANSACTION", _] => Some(Control::Begins("START TRANSACTION")),
        ["COMMIT", "PREPARED", _] => Some(Control::EndsPrepared("COMMIT PREPARED")),
        ["ROLLBACK", "PREPARED", _] => Some(Control::EndsPrepared("ROLLBACK PREPARED")),
        ["PREPARE", "TRANSACTION", _] => Some(Control::Ends("PREPARE TRANSACTION")),
        [command @ ("ABORT" | "COMMIT" | "END" | "ROLLBACK"), ..] => Some(Control::Ends(command)),
        _ => None,
    }
}

const KEYWORDS: [&str; 13] = [
    "(",
    "ABORT",
    "AS",
    "BEGIN",
    "COMMIT",
    "END",
    "PREPARE",
    "PREPARED",
    "ROLLBACK",
    "START",
    "TO",
    "TRANSACTION",
    "WORK",
];

/// The token in capital letters if it is one of those that matter here, else nothing.
fn keyword(token: &Token<'_>) -> &'static str {
    KEYWORDS.into_iter().find(|keyword| token.is(keyword)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Control::{Begins, Ends, EndsPrepared};
    use super::{check, control};
    use crate::lexer::{Token, tokens};
    use crate::statements::statements;

    #[test]
    fn finds_statements_that_begin_or_end_a_transaction() {
        let cases = [
            ("BEGIN", Begins("BEGIN")),
            ("begin work", Begins("BEGIN")),
            ("BEGIN ISOLATION LEVEL SERIALIZABLE", Begins("BEGIN")),
            ("Start/**/Transaction READ ONLY", Begins("START TRANSACTION")),
            ("COMMIT", Ends("COMMIT")),
            ("-- a\n /* b */ commit -- c\n AND CHAIN", Ends("COMMIT")),
            ("COMMIT PREPARED 'a'", EndsPrepared("COMMIT PREPARED")),
            ("END", Ends("END")),
            ("END TRANSACTION", Ends("END")),
            ("ROLLBACK", Ends("ROLLBACK")),
            ("ROLLBACK WORK", Ends("ROLLBACK")),
            ("ROLLBACK TRANSACTION AND NO CHAIN", Ends("ROLLBACK")),
            ("ROLLBACK PREPARED 'a'", EndsPrepared("ROLLBACK PREPARED")),
            ("ABORT WORK", Ends("ABORT")),
            ("PREPARE TRANSACTION 'a'", Ends("PREPARE TRANSACTION")),
            ("PREPARE TRANSACTION $$a$$", Ends("PREPARE TRANSACTION")),
            ("-- a\rCOMMIT", Ends("COMMIT")),
            ("SELECT 1;; COMMIT", Ends("COMMIT")),
        ];
        for (text, expected) in cases {
            assert_eq!(controls(text), [expected], "{text:?}");
        }
    }

    #[test]
    fn finds_no_others() {
        let texts = [
            "",
            "ROLLBACK TO a; ROLLBACK TO SAVEPOINT a; ROLLBACK WORK TO a; rollback transaction to a",
            "SAVEPOINT a; RELEASE SAVEPOINT a; RELEASE a",
            "SET TRANSACTION READ ONLY; LOCK t",
            "PREPARE a AS SELECT 1; PREPARE transaction AS SELECT 1; PREPARE transaction(int) AS b",
            "-- COMMIT;\n/* ; COMMIT; */ SELECT 'COMMIT', $$; COMMIT; $$, '; COMMIT;', \"COMMIT\"",
            "DO $$ BEGIN COMMIT; END $$",
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END",
            "CREATE TABLE begin (commit int, abort int)",
            "committed; beginning; \"COMMIT\"; 'COMMIT'; start; ROLLBACKS",
        ];
        for text in texts {
            assert_eq!(controls(text), [], "{text:?}");
        }
    }

    #[test]
    fn says_of_each_where_it_stands() {
        let text = "SELECT 'é';\n  /* é */ BEGIN; SELECT 1; COMMIT;\n\nABORT";
        let tokens: Vec<Token<'_>> = tokens(text).collect();
        let problems = check(Path::new("a.sql"), text, &tokens);
        let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
        let places = ["a.sql:2:11: `BEGIN`", "a.sql:2:28: `COMMIT`", "a.sql:4:1: `ABORT`"];
        for (shown, place) in shown.iter().zip(places) {
            assert!(shown.starts_with(place), "{shown}");
        }
        assert_eq!(shown.len(), places.len());
    }

    fn controls(text: &str) -> Vec<super::Control> {
        let tokens: Vec<Token<'_>> = tokens(text).collect();
        statements(&tokens).filter_map(|statement| control(&statement)).collect()
    }
}
