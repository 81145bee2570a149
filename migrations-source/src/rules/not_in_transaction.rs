use super::Rule;
use crate::commands::{DROP_SUBSCRIPTION, command};
use crate::finding::Finding;
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
    statements.filter_map(|(index, it)| finding(it, &script.statements[..index])).collect()
}

fn finding(statement: &Statement<'_, '_>, before: &[Statement<'_, '_>]) -> Option<Finding> {
    let command = command(statement)?.name;
    if command == DROP_SUBSCRIPTION {
        return (!before.iter().any(has_no_slot)).then(|| drop_subscription(statement));
    }
    let message = format!("`{command}` cannot run in a transaction, but the migration runs in one");
    let finding = Finding::new(statement.range(), message).of(Rule::NotInTransaction);
    Some(add_directive(finding))
}

/// Whether the subscription has a slot is known to the catalog only.
fn drop_subscription(statement: &Statement<'_, '_>) -> Finding {
    let message = "a subscription that has a slot cannot be dropped in a transaction";
    Finding::new(statement.range(), message)
        .of(Rule::NotInTransaction)
        .unsure()
        .help("if it has one, put `ALTER SUBSCRIPTION … SET (slot_name = NONE)` before, and drop the slot")
}

/// Says how to run a file outside of a transaction.
pub(super) fn add_directive(finding: Finding) -> Finding {
    finding.help(
        "add the line `-- migrations: no-transaction` at the top of the file, and move what can run in \
         a transaction into a file of its own",
    )
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
    use crate::rules::found;

    #[test]
    fn finds_each_such_statement() {
        let text = "CREATE TABLE t (); VACUUM; -- a\n DROP INDEX CONCURRENTLY i";
        assert_eq!(found(check, text), ["VACUUM", "DROP INDEX CONCURRENTLY i"]);
        let text = "ALTER SUBSCRIPTION s SET (slot_name = NONE); DROP SUBSCRIPTION s";
        assert_eq!(found(check, text), [""; 0]);
        assert_eq!(found(check, "DROP SUBSCRIPTION s"), ["DROP SUBSCRIPTION s"]);
    }
}
