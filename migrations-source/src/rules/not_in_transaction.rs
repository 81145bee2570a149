use super::Rule;
use crate::finding::Finding;
use crate::pattern::{begins, is_off, options};
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
    let command = command(statement)?;
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
         a transaction into a file of its own; this version checks such a file, but leaves it to you \
         to run it",
    )
}

/// The command that a statement is, if it cannot run in a transaction.
pub(super) fn command(statement: &Statement<'_, '_>) -> Option<&'static str> {
    let first = statement.code().next()?;
    let (_, commands) = COMMANDS.iter().find(|(word, _)| first.is(word))?;
    let is_it = |(pattern, _, applies): &&Command| begins(statement, pattern) && applies(statement);
    commands.iter().find(is_it).map(|(_, command, _)| *command)
}

/// A pattern of what it begins with, its name, and whether its options make it one.
type Command = (&'static str, &'static str, fn(&Statement<'_, '_>) -> bool);

const DROP_SUBSCRIPTION: &str = "DROP SUBSCRIPTION";

/// By their first words. Tried on 14 to 18; of 19, `REPACK` was read only.
const COMMANDS: &[(&str, &[Command])] = &[
    (
        "ALTER",
        &[
            (
                "ALTER DATABASE <name> SET TABLESPACE <name> $",
                "ALTER DATABASE … SET TABLESPACE",
                always,
            ),
            ("ALTER DATABASE <name> [WITH] TABLESPACE", "ALTER DATABASE … SET TABLESPACE", always),
            (
                "ALTER SUBSCRIPTION <name> REFRESH PUBLICATION",
                "ALTER SUBSCRIPTION … REFRESH PUBLICATION",
                always,
            ),
            (
                "ALTER SUBSCRIPTION <name> ADD|DROP|SET PUBLICATION",
                "ALTER SUBSCRIPTION … PUBLICATION with refresh",
                refreshes,
            ),
            (
                "ALTER SUBSCRIPTION <name> SET (…)",
                "ALTER SUBSCRIPTION … SET (failover or two_phase)",
                changes_slot,
            ),
            ("ALTER SYSTEM", "ALTER SYSTEM", always),
            (
                "ALTER TABLE [IF] [EXISTS] [ONLY] <name> [*] DETACH PARTITION <name> CONCURRENTLY",
                "ALTER TABLE … DETACH PARTITION … CONCURRENTLY",
                always,
            ),
        ],
    ),
    ("CLUSTER", &[("CLUSTER [(…)] [VERBOSE] $", "CLUSTER without a table", always)]),
    (
        "CREATE",
        &[
            ("CREATE DATABASE", "CREATE DATABASE", always),
            ("CREATE [UNIQUE] INDEX CONCURRENTLY", "CREATE INDEX CONCURRENTLY", always),
            ("CREATE SUBSCRIPTION", "CREATE SUBSCRIPTION with a slot", creates_slot),
            ("CREATE TABLESPACE", "CREATE TABLESPACE", always),
        ],
    ),
    ("DISCARD", &[("DISCARD ALL", "DISCARD ALL", always)]),
    (
        "DROP",
        &[
            ("DROP DATABASE", "DROP DATABASE", always),
            ("DROP INDEX CONCURRENTLY", "DROP INDEX CONCURRENTLY", always),
            ("DROP SUBSCRIPTION", DROP_SUBSCRIPTION, always),
            ("DROP TABLESPACE", "DROP TABLESPACE", always),
        ],
    ),
    (
        "REINDEX",
        &[
            ("REINDEX [(…)] INDEX|TABLE CONCURRENTLY", "REINDEX CONCURRENTLY", always),
            ("REINDEX [(…)] DATABASE", "REINDEX DATABASE", always),
            ("REINDEX [(…)] SCHEMA", "REINDEX SCHEMA", always),
            ("REINDEX [(…)] SYSTEM", "REINDEX SYSTEM", always),
            ("REINDEX (…)", "REINDEX CONCURRENTLY", is_concurrent),
        ],
    ),
    (
        "REPACK",
        &[
            ("REPACK [(…)] $", "REPACK without a table", always),
            ("REPACK [(…)] USING INDEX $", "REPACK without a table", always),
            ("REPACK (…)", "REPACK (CONCURRENTLY)", is_concurrent),
        ],
    ),
    ("VACUUM", &[("VACUUM", "VACUUM", always)]),
];

fn always(_: &Statement<'_, '_>) -> bool {
    true
}

/// The last mention counts.
fn is_concurrent(statement: &Statement<'_, '_>) -> bool {
    let options = options(statement);
    let mention = options.iter().rfind(|(name, _)| name.eq_ignore_ascii_case("CONCURRENTLY"));
    mention.is_some_and(|(_, value)| !is_off(*value))
}

/// "CREATE SUBSCRIPTION" in PostgreSQL's manual: `create_slot` is on unless it, or `connect`, is off.
fn creates_slot(create: &Statement<'_, '_>) -> bool {
    !has_off(create, &["connect", "create_slot"])
}

fn refreshes(alter: &Statement<'_, '_>) -> bool {
    !has_off(alter, &["refresh"])
}

fn changes_slot(alter: &Statement<'_, '_>) -> bool {
    let is_failover = |(name, _): &(&str, _)| name.eq_ignore_ascii_case("failover");
    options(alter).iter().any(is_failover) || has_off(alter, &["two_phase"])
}

fn has_no_slot(statement: &Statement<'_, '_>) -> bool {
    begins(statement, "ALTER|CREATE SUBSCRIPTION")
        && options(statement).iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("slot_name")
                && value.is_some_and(|value| value.eq_ignore_ascii_case("NONE"))
        })
}

fn has_off(statement: &Statement<'_, '_>, names: &[&str]) -> bool {
    let is_named = |name: &str| names.iter().any(|other| name.eq_ignore_ascii_case(other));
    options(statement).iter().any(|(name, value)| is_named(name) && is_off(*value))
}

#[cfg(test)]
mod tests {
    use super::{check, command};
    use crate::lexer::tokens;
    use crate::rules::found;
    use crate::statements::statements;

    #[test]
    fn finds_each_such_statement() {
        let text = "CREATE TABLE t (); VACUUM; -- a\n DROP INDEX CONCURRENTLY i";
        assert_eq!(found(check, text), ["VACUUM", "DROP INDEX CONCURRENTLY i"]);
        let text = "ALTER SUBSCRIPTION s SET (slot_name = NONE); DROP SUBSCRIPTION s";
        assert_eq!(found(check, text), [""; 0]);
        assert_eq!(found(check, "DROP SUBSCRIPTION s"), ["DROP SUBSCRIPTION s"]);
    }

    fn command_of(text: &str) -> Option<&'static str> {
        let tokens: Vec<_> = tokens(text).collect();
        statements(&tokens).next().and_then(|statement| command(&statement))
    }

    #[test]
    fn options_decide() {
        let reindex = Some("REINDEX CONCURRENTLY");
        let subscribe = Some("CREATE SUBSCRIPTION with a slot");
        let publication = Some("ALTER SUBSCRIPTION … PUBLICATION with refresh");
        let set = Some("ALTER SUBSCRIPTION … SET (failover or two_phase)");
        let tablespace = Some("ALTER DATABASE … SET TABLESPACE");
        let cases = [
            ("REINDEX (CONCURRENTLY) INDEX i", reindex),
            ("REINDEX (VERBOSE, concurrently true) TABLE t", reindex),
            ("REINDEX (CONCURRENTLY off) TABLE t", None),
            ("REINDEX (VERBOSE) TABLE t", None),
            ("REINDEX (CONCURRENTLY off, CONCURRENTLY) TABLE t", reindex),
            ("REINDEX (CONCURRENTLY, CONCURRENTLY 'Off') TABLE t", None),
            ("REINDEX (\"concurrently\" false) TABLE t", None),
            ("ALTER SUBSCRIPTION s SET PUBLICATION p", publication),
            ("ALTER SUBSCRIPTION s DROP PUBLICATION p WITH (refresh = off)", None),
            ("ALTER SUBSCRIPTION s SET (binary = true, failover)", set),
            ("ALTER SUBSCRIPTION s SET (two_phase = off)", set),
            ("ALTER SUBSCRIPTION s SET (two_phase = true, binary)", None),
            ("ALTER DATABASE d SET TABLESPACE t", tablespace),
            ("ALTER DATABASE d WITH TABLESPACE = t", tablespace),
            ("ALTER DATABASE d SET TABLESPACE = 't'", None),
            ("ALTER DATABASE d SET tablespace TO 't'", None),
            ("CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p", subscribe),
            ("CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (slot_name = x)", subscribe),
            ("CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (connect = false)", None),
            ("CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (create_slot='OFF')", None),
        ];
        for (text, expected) in cases {
            assert_eq!(command_of(text), expected, "{text:?}");
        }
    }
}
