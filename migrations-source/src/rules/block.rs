use super::Rule;
use super::not_in_transaction::tell_where;
use crate::block::Block;
use crate::commands::command;
use crate::finding::Finding;
use crate::kind::Kind;
use crate::lexer::Token;
use crate::script::Script;
use crate::statements::Statement;

/// Refuses a `DO` block that commits or rolls back: SQLSTATE 2D000 in a transaction, see
/// "Transaction Management" (43.8) in PostgreSQL's manual.
pub(super) fn check(script: &Script<'_>) -> Vec<Finding> {
    script.blocks.iter().flat_map(|block| commits(script.kind, block)).collect()
}

/// Refuses what cannot run in any block, wherever that runs: SQLSTATE 25001.
pub(super) fn check_commands(script: &Script<'_>) -> Vec<Finding> {
    script.blocks.iter().flat_map(commands).collect()
}

fn commits(kind: Kind, block: &Block<'_>) -> Vec<Finding> {
    let finding = |(at, command)| {
        let message = format!("the block's `{command}` cannot run in the {kind}'s transaction");
        tell_where(Finding::new(block.range(at), message).of(Rule::CommittingBlock), kind)
    };
    block.commits().map(finding).collect()
}

fn commands(block: &Block<'_>) -> Vec<Finding> {
    let find = |(at, statement): (usize, &[Token<'_>])| {
        let is_assignment = statement.get(1).is_some_and(|next| next.text == "=")
            || statement.iter().any(|token| token.text == ":=");
        let command = command(&Statement::of(statement)).filter(|_| !is_assignment)?.name;
        let finding = Finding::new(block.range(at), format!("`{command}` cannot run in a block"));
        Some(finding.of(Rule::NotInTransaction).help(
            "write it as a statement of its own, in a migration with `-- migrations: no-transaction`",
        ))
    };
    block.statements().filter_map(find).collect()
}

#[cfg(test)]
mod tests {
    use super::{check, check_commands};
    use crate::rules::found;

    #[test]
    fn finds_blocks_that_commit() {
        let cases: [(&str, &[&str]); 6] = [
            ("DO $$ BEGIN PERFORM 1 case; COMMIT; END $$", &["COMMIT"]),
            (
                "do language plpgsql 'begin for i in 1..2 loop rollback and chain; end loop; end'",
                &["rollback"],
            ),
            (
                "DO $a$ BEGIN IF x THEN COMMIT; ELSE ROLLBACK; END IF; END $a$",
                &["COMMIT", "ROLLBACK"],
            ),
            ("DO $$ BEGIN /* ; COMMIT; */ RAISE 'COMMIT;'; commit := 1; END $$", &[]),
            ("CREATE PROCEDURE p() AS $$ BEGIN COMMIT; END $$ LANGUAGE plpgsql", &[]),
            ("DO $$ BEGIN EXECUTE 'COMMIT;'; END $$ LANGUAGE plperl", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(found(check, text), expected, "{text:?}");
        }
    }

    #[test]
    fn finds_commands_that_no_block_can_run() {
        let cases: [(&str, &[&str]); 6] = [
            ("DO $$ BEGIN VACUUM t; END $$", &["VACUUM"]),
            (
                "DO $$ BEGIN IF a THEN CREATE INDEX CONCURRENTLY i ON t (a); END IF; END $$",
                &["CREATE"],
            ),
            (
                "DO $$ BEGIN vacuum := 1; vacuum[1] := 1; vacuum = 1; PERFORM 'VACUUM'; EXECUTE 'VACUUM'; END $$",
                &[],
            ),
            ("DO $$ DECLARE a int; vacuum int; BEGIN CREATE INDEX i ON t (a); END $$", &[]),
            ("DO $$ BEGIN a := CASE WHEN b THEN vacuum ELSE vacuum END; END $$", &[]),
            (
                "DO $$ BEGIN CASE a WHEN 1 THEN VACUUM; END CASE; DECLARE b int; BEGIN VACUUM; END; \
                 END $$",
                &["VACUUM", "VACUUM"],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(found(check_commands, text), expected, "{text:?}");
        }
    }
}
