use super::Rule;
use crate::commands::{DROP_SUBSCRIPTION, command};
use crate::finding::Finding;
use crate::kind::Kind;
use crate::pattern::{begins, options};
use crate::script::Script;
use crate::statements::Statement;

/// Refuses what cannot run in a transaction: SQLSTATE 25001, raised by `PreventInTransactionBlock`
/// in PostgreSQL's `src/backend/access/transam/xact.c` and its callers.
///
/// What depends on the catalog, such as `REINDEX TABLE` of a partitioned table, is left to the
/// server.
pub(super) fn check(script: &Script<'_>) -> Vec<Finding> {
    let statements = script.statements.iter().enumerate();
    let find = |(index, it)| finding(script.kind, it, &script.statements[..index]);
    statements.filter_map(find).collect()
}

fn finding(
    kind: Kind,
    statement: &Statement<'_, '_>,
    before: &[Statement<'_, '_>],
) -> Option<Finding> {
    let command = command(statement)?.name;
    if command == DROP_SUBSCRIPTION {
        return (!before.iter().any(has_no_slot)).then(|| drop_subscription(statement));
    }
    let message = format!("`{command}` cannot run in a transaction, but the {kind} runs in one");
    let mut finding = Finding::new(statement.range(), message).of(Rule::NotInTransaction);
    if kind != Kind::Versioned && command.contains("CONCURRENTLY") {
        finding =
            finding.help("write it without CONCURRENTLY: then it locks the table while it runs");
    }
    Some(tell_where(finding, kind))
}

/// Whether the subscription has a slot is known to the catalog only.
fn drop_subscription(statement: &Statement<'_, '_>) -> Finding {
    let message = "a subscription that has a slot cannot be dropped in a transaction";
    Finding::new(statement.range(), message)
        .of(Rule::NotInTransaction)
        .unsure()
        .help("if it has one, put `ALTER SUBSCRIPTION … SET (slot_name = NONE)` before, and drop the slot")
}

/// Says where something can run outside of a transaction.
pub(super) fn tell_where(finding: Finding, kind: Kind) -> Finding {
    finding.help(match kind {
        Kind::Versioned => {
            "add the line `-- migrations: no-transaction` at the top of the file, and move what can \
             run in a transaction into a file of its own"
        }
        Kind::Down => {
            "a down file always runs in one transaction: revert this by a new migration that goes \
             forward, with `-- migrations: no-transaction`"
        }
        Kind::Repeatable => {
            "a repeatable object is always applied in one transaction: do this in a migration, with \
             `-- migrations: no-transaction`"
        }
    })
}

fn has_no_slot(statement: &Statement<'_, '_>) -> bool {
    begins(statement, "ALTER|CREATE SUBSCRIPTION")
        && options(statement).iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("slot_name")
                && value.is_some_and(|value| value.eq_ignore_ascii_case("NONE"))
        })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::kind::Kind;
    use crate::lexer::tokens;
    use crate::rules::found;
    use crate::script::Script;

    #[test]
    fn no_help_names_a_directive_that_the_file_cannot_have() {
        let cases = [
            (Kind::Versioned, "VACUUM", &["add the line"][..]),
            (Kind::Versioned, "DROP INDEX CONCURRENTLY i", &["add the line"]),
            (Kind::Down, "VACUUM", &["a down file always"]),
            (Kind::Down, "DROP INDEX CONCURRENTLY i", &["write it without", "a down file always"]),
            (Kind::Repeatable, "VACUUM", &["a repeatable object is always"]),
        ];
        for (kind, text, expected) in cases {
            let tokens: Vec<_> = tokens(text).collect();
            let findings = check(&Script::of(kind, text, &tokens).0);
            let helps = findings[0].helps();
            assert_eq!(helps.len(), expected.len(), "{helps:?}");
            assert!(
                helps.iter().zip(expected).all(|(it, start)| it.starts_with(start)),
                "{helps:?}"
            );
        }
    }

    #[test]
    fn finds_each_such_statement() {
        let text = "CREATE TABLE t (); VACUUM; -- a\n DROP INDEX CONCURRENTLY i";
        assert_eq!(found(check, text), ["VACUUM", "DROP INDEX CONCURRENTLY i"]);
        let text = "ALTER SUBSCRIPTION s SET (slot_name = NONE); DROP SUBSCRIPTION s";
        assert_eq!(found(check, text), [""; 0]);
        assert_eq!(found(check, "DROP SUBSCRIPTION s"), ["DROP SUBSCRIPTION s"]);
    }
}
