use super::Rule;
use super::transaction_control::control;
use crate::block::Block;
use crate::commands::command;
use crate::directives::NO_TRANSACTION;
use crate::finding::Finding;
use crate::pattern::begins;
use crate::script::Script;
use crate::settings::{sets_unclearly, settings};
use crate::statements::Statement;

/// What is wrong in a file whose statements run outside of a transaction.
pub(super) fn check(script: &Script<'_>) -> Vec<Finding> {
    let mut findings: Vec<_> = script.statements.iter().filter_map(only_in_transaction).collect();
    findings.extend(script.statements.iter().filter_map(unclear_setting));
    let (with_need, without): (Vec<_>, Vec<_>) =
        script.statements.iter().partition(|statement| is_at_home(script.text, statement));
    if with_need.iter().all(|statement| is_setting(statement) || is_refused(statement)) {
        findings.extend(needless(script));
    } else {
        findings.extend(without.first().map(|statement| mixed(statement)));
    }
    findings
}

/// What `RequireTransactionBlock` and `WarnNoTransactionBlock` are asked for, in PostgreSQL's
/// `src/backend/access/transam/xact.c`.
fn only_in_transaction(statement: &Statement<'_, '_>) -> Option<Finding> {
    let (_, command) = COMMANDS.iter().find(|(pattern, _)| begins(statement, pattern))?;
    if *command == "DECLARE" && holds_cursor(statement) {
        return None;
    }
    let message = format!(
        "`{command}` is of use only in a transaction, and the directive says there is none"
    );
    let finding = Finding::new(statement.range(), message).of(Rule::OnlyInTransaction);
    Some(finding.help(format!("remove it, or the directive `{NO_TRANSACTION}`")))
}

/// A cursor `WITH HOLD` outlives its transaction.
fn holds_cursor(declare: &Statement<'_, '_>) -> bool {
    let mut pairs = declare.code().zip(declare.code().skip(1));
    pairs.any(|(with, hold)| with.is("WITH") && hold.is("HOLD"))
}

const COMMANDS: [(&str, &str); 8] = [
    ("SAVEPOINT", "SAVEPOINT"),
    ("RELEASE", "RELEASE SAVEPOINT"),
    ("ROLLBACK [TRANSACTION|WORK] TO", "ROLLBACK TO SAVEPOINT"),
    ("SET LOCAL", "SET LOCAL"),
    ("SET TRANSACTION", "SET TRANSACTION"),
    ("SET CONSTRAINTS", "SET CONSTRAINTS"),
    ("LOCK", "LOCK"),
    ("DECLARE", "DECLARE"),
];

/// Whether a statement has to run outside of a transaction, or prepares for one that has to.
fn is_at_home(text: &str, statement: &Statement<'_, '_>) -> bool {
    // A procedure may commit, and so may a block; a new value of an enum is for what follows.
    let may_commit = begins(statement, "CALL") || Block::of(text, statement).is_some();
    command(statement).is_some()
        || may_commit
        || is_setting(statement)
        || begins(statement, "ALTER TYPE <name> ADD VALUE")
        || is_refused(statement)
}

fn is_refused(statement: &Statement<'_, '_>) -> bool {
    only_in_transaction(statement).is_some() || control(statement).is_some()
}

fn is_setting(statement: &Statement<'_, '_>) -> bool {
    !settings(statement).is_empty()
}

/// What a file sets is set once more before each statement that follows, perhaps by another run.
fn unclear_setting(statement: &Statement<'_, '_>) -> Option<Finding> {
    let message = "what this statement sets would not hold for the statements behind it";
    let finding = Finding::new(statement.range(), message).of(Rule::UnclearSetting);
    let help = "set it in a statement of its own: `SET`, or `SELECT set_config('…', '…', false)` with \
                nothing but literals";
    sets_unclearly(statement).then(|| finding.help(help))
}

fn needless(script: &Script<'_>) -> Option<Finding> {
    let (_, range) = script.directives.given.iter().find(|(name, _)| *name == NO_TRANSACTION)?;
    let message = "no statement of the file has to run outside of a transaction";
    Some(
        Finding::new(range.clone(), message).of(Rule::NeedlessNoTransaction).help(
            "remove the directive: in a transaction, a file is applied as a whole or not at all",
        ),
    )
}

fn mixed(statement: &Statement<'_, '_>) -> Finding {
    let message =
        "this statement could run in a transaction, but is in a file that runs outside of one";
    Finding::new(statement.range(), message).of(Rule::MixedStatements).help(
        "move it into a file of its own: in a transaction, it is applied as a whole or not at all",
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::rules::found;

    fn found_in(statements: &str) -> Vec<String> {
        let text = format!("-- migrations: no-transaction\n{statements}");
        found(check, &text).into_iter().map(Into::into).collect()
    }

    #[test]
    fn finds_what_is_of_use_only_in_a_transaction() {
        for statement in [
            "SAVEPOINT a",
            "RELEASE a",
            "ROLLBACK TO a",
            "rollback work to savepoint a",
            "SET LOCAL lock_timeout = 1",
            "SET TRANSACTION READ ONLY",
            "SET CONSTRAINTS ALL DEFERRED",
            "LOCK t",
            "DECLARE c CURSOR FOR SELECT 1",
        ] {
            let statements = format!("{statement}; VACUUM");
            assert_eq!(found_in(&statements).first().map(String::as_str), Some(statement));
        }
    }

    #[test]
    fn a_cursor_that_is_held_needs_no_transaction() {
        let statement = "DECLARE c CURSOR WITH HOLD FOR SELECT 1";
        assert_eq!(found_in(&format!("VACUUM; {statement}")), [statement]);
        let statement = "DECLARE c CURSOR WITHOUT HOLD FOR SELECT 1";
        assert_eq!(found_in(&format!("{statement}; VACUUM")), [statement]);
    }

    #[test]
    fn files_that_need_it_are_right() {
        for statements in [
            "CREATE INDEX CONCURRENTLY i ON t (a)",
            "SET statement_timeout = 0; DROP INDEX CONCURRENTLY i; CREATE INDEX CONCURRENTLY i ON t (a)",
            "VACUUM; RESET statement_timeout",
            "CALL p(); CALL q()",
            "CALL p(); DO $$ BEGIN COMMIT; END $$",
            "ALTER TYPE t ADD VALUE 'x'",
        ] {
            assert_eq!(found_in(statements), [""; 0], "{statements}");
        }
    }

    #[test]
    fn finds_files_and_statements_that_do_not_need_it() {
        assert_eq!(found_in("CREATE TABLE t ()"), ["no-transaction"]);
        assert_eq!(found_in("SET lock_timeout = 0; CREATE TABLE t ()"), ["no-transaction"]);
        assert_eq!(found_in("SET lock_timeout = 0"), ["no-transaction"]);
        assert_eq!(found_in("VACUUM; SELECT 1; SELECT 2"), ["SELECT 1"]);
        assert_eq!(
            found_in("ALTER TYPE t ADD VALUE 'x'; UPDATE u SET c = 'x'"),
            ["UPDATE u SET c = 'x'"]
        );
    }
}
