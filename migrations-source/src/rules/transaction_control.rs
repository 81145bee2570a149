use std::ops::Range;

use super::Rule;
use crate::finding::Finding;
use crate::lexer::Token;
use crate::pattern::begins;
use crate::script::Script;
use crate::statements::Statement;

/// Refuses each statement that begins or ends a transaction: PostgreSQL's manual, "Transactions"
/// and the pages of the commands.
///
/// A `COMMIT` in a migration would be no error to the server: it would end the transaction that the
/// migration shares with its history row, and what follows would be committed on its own.
pub(super) fn check(script: &Script<'_>) -> Vec<Finding> {
    let no_transaction = script.directives.are_one_by_one();
    let find = |statement: &Statement<'_, '_>| match control(statement) {
        Some(control) => vec![control.finding(statement.range(), no_transaction)],
        None => inside(statement, no_transaction),
    };
    script.statements.iter().flat_map(find).collect()
}

/// Behind a semicolon within a statement (`CREATE RULE`, the body of a function) the grammar takes
/// none of these, and `END` only at the very end: what is found there is a statement to the server.
fn inside(statement: &Statement<'_, '_>, no_transaction: bool) -> Vec<Finding> {
    let is_parted = statement.tokens.iter().any(Token::is_semicolon);
    if !is_parted || !begins(statement, "CREATE") {
        return Vec::new();
    }
    let mut code = statement.code().peekable();
    let mut findings = Vec::new();
    while let Some(token) = code.next() {
        let Some(next) = code.peek().copied().filter(|_| token.text == ";") else { continue };
        let Some(command) = INSIDE.into_iter().find(|command| next.is(command)) else { continue };
        if command != "END" || code.clone().nth(1).is_some() {
            findings.push(Control::Ends(command).finding(next.range(), no_transaction));
        }
    }
    findings
}

const INSIDE: [&str; 5] = ["ABORT", "COMMIT", "END", "PREPARE", "ROLLBACK"];

/// What a statement does to a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    Begins(&'static str),
    Ends(&'static str),
    /// It deals with another transaction.
    EndsPrepared(&'static str),
}

impl Control {
    fn finding(self, range: Range<usize>, no_transaction: bool) -> Finding {
        let (command, trouble, help) = match self {
            Self::Begins(command) | Self::Ends(command) if no_transaction => (
                command,
                "stands in a file whose statements run one by one, outside of a transaction",
                "remove it; or remove the directive, and the whole file runs in one transaction",
            ),
            Self::Begins(command) => (
                command,
                "begins a transaction, but the migration is already in one, together with its \
                 history row",
                "remove it, and what ends it: the transaction begins before the file and ends after \
                 it",
            ),
            Self::Ends(command) => (
                command,
                "would end the transaction that the migration is in, together with its history row",
                "remove it: the transaction begins before the file and ends after it",
            ),
            Self::EndsPrepared(command) => (
                command,
                "ends a transaction that was prepared elsewhere, which is no part of the schema",
                "remove it, and run it by hand",
            ),
        };
        Finding::new(range, format!("`{command}` {trouble}"))
            .of(Rule::TransactionControl)
            .help(help)
    }
}

/// What a statement does to a transaction, if anything.
pub(super) fn control(statement: &Statement<'_, '_>) -> Option<Control> {
    let begins = |pattern| begins(statement, pattern);
    let first = statement.code().next()?;
    let command = COMMANDS.into_iter().find(|command| first.is(command))?;
    match command {
        "BEGIN" => Some(Control::Begins("BEGIN")),
        "START" if begins("START TRANSACTION") => Some(Control::Begins("START TRANSACTION")),
        "COMMIT" if begins("COMMIT PREPARED") => Some(Control::EndsPrepared("COMMIT PREPARED")),
        "ROLLBACK" if begins("ROLLBACK PREPARED") => {
            Some(Control::EndsPrepared("ROLLBACK PREPARED"))
        }
        // A savepoint is gone back to.
        "ROLLBACK" if begins("ROLLBACK [TRANSACTION|WORK] TO") => None,
        // A prepared statement may be called `transaction`.
        "PREPARE" if begins("PREPARE TRANSACTION AS") || begins("PREPARE TRANSACTION (…)") => {
            None
        }
        "PREPARE" if begins("PREPARE TRANSACTION") => Some(Control::Ends("PREPARE TRANSACTION")),
        "PREPARE" | "START" => None,
        command => Some(Control::Ends(command)),
    }
}

const COMMANDS: [&str; 7] = ["ABORT", "BEGIN", "COMMIT", "END", "PREPARE", "ROLLBACK", "START"];

#[cfg(test)]
mod tests {
    use super::Control::{Begins, Ends, EndsPrepared};
    use super::{check, control};
    use crate::lexer::{Token, tokens};
    use crate::rules::found;
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
    fn finds_what_hides_behind_a_semicolon_inside() {
        let text = "CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; COMMIT)";
        assert_eq!(found(check, text), ["COMMIT"]);
        let text = "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 case; END; COMMIT";
        assert_eq!(found(check, text), ["COMMIT"]);
    }

    fn controls(text: &str) -> Vec<super::Control> {
        let tokens: Vec<Token<'_>> = tokens(text).collect();
        statements(&tokens).filter_map(|statement| control(&statement)).collect()
    }
}
