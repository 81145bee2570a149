//! The commands that cannot run in a transaction, and what each leaves.

use crate::effect::{self, Effect};
use crate::pattern::{begins, is_off, options};
use crate::statements::Statement;

/// The command that a statement is, if it cannot run in a transaction.
pub(crate) fn command(statement: &Statement<'_, '_>) -> Option<Command> {
    let first = statement.code().next()?;
    let (_, rows) = COMMANDS.iter().find(|(word, _)| first.is(word))?;
    let is_it = |(pattern, _, applies, _): &&Row| begins(statement, pattern) && applies(statement);
    rows.iter().find(is_it).map(|(_, name, _, effect)| Command { name, effect: *effect })
}

/// A command that cannot run in a transaction.
pub(crate) struct Command {
    pub(crate) name: &'static str,
    /// What it leaves in the catalog.
    pub(crate) effect: fn(&Statement<'_, '_>) -> Effect,
}

/// A pattern of what a command begins with, its name, whether its options make it one, and its
/// effect.
type Row =
    (&'static str, &'static str, fn(&Statement<'_, '_>) -> bool, fn(&Statement<'_, '_>) -> Effect);

pub(crate) const DROP_SUBSCRIPTION: &str = "DROP SUBSCRIPTION";

/// By their first words. Tried on 14 to 18; of 19, `REPACK` was read only.
const COMMANDS: &[(&str, &[Row])] = &[
    (
        "ALTER",
        &[
            (
                "ALTER DATABASE <name> SET TABLESPACE <name> $",
                "ALTER DATABASE … SET TABLESPACE",
                always,
                repeatable,
            ),
            (
                "ALTER DATABASE <name> [WITH] TABLESPACE",
                "ALTER DATABASE … SET TABLESPACE",
                always,
                repeatable,
            ),
            (
                "ALTER SUBSCRIPTION <name> REFRESH PUBLICATION",
                "ALTER SUBSCRIPTION … REFRESH PUBLICATION",
                always,
                unknown,
            ),
            (
                "ALTER SUBSCRIPTION <name> ADD|DROP|SET PUBLICATION",
                "ALTER SUBSCRIPTION … PUBLICATION with refresh",
                refreshes,
                unknown,
            ),
            (
                "ALTER SUBSCRIPTION <name> SET (…)",
                "ALTER SUBSCRIPTION … SET (failover or two_phase)",
                changes_slot,
                unknown,
            ),
            ("ALTER SYSTEM", "ALTER SYSTEM", always, repeatable),
            (
                "ALTER TABLE [IF] [EXISTS] [ONLY] <name> [*] DETACH PARTITION <name> CONCURRENTLY",
                "ALTER TABLE … DETACH PARTITION … CONCURRENTLY",
                always,
                effect::detach_partition,
            ),
        ],
    ),
    ("CLUSTER", &[("CLUSTER [(…)] [VERBOSE] $", "CLUSTER without a table", always, repeatable)]),
    (
        "CREATE",
        &[
            ("CREATE DATABASE", "CREATE DATABASE", always, effect::create_database),
            (
                "CREATE [UNIQUE] INDEX CONCURRENTLY",
                "CREATE INDEX CONCURRENTLY",
                always,
                effect::create_index,
            ),
            ("CREATE SUBSCRIPTION", "CREATE SUBSCRIPTION with a slot", creates_slot, unknown),
            ("CREATE TABLESPACE", "CREATE TABLESPACE", always, effect::create_tablespace),
        ],
    ),
    ("DISCARD", &[("DISCARD ALL", "DISCARD ALL", always, repeatable)]),
    (
        "DROP",
        &[
            ("DROP DATABASE", "DROP DATABASE", always, effect::drop_database),
            ("DROP INDEX CONCURRENTLY", "DROP INDEX CONCURRENTLY", always, effect::drop_index),
            ("DROP SUBSCRIPTION", DROP_SUBSCRIPTION, always, unknown),
            ("DROP TABLESPACE", "DROP TABLESPACE", always, effect::drop_tablespace),
        ],
    ),
    (
        "REINDEX",
        &[
            ("REINDEX [(…)] INDEX|TABLE CONCURRENTLY", "REINDEX CONCURRENTLY", always, reindex),
            ("REINDEX [(…)] DATABASE", "REINDEX DATABASE", always, reindex),
            ("REINDEX [(…)] SCHEMA", "REINDEX SCHEMA", always, reindex),
            ("REINDEX [(…)] SYSTEM", "REINDEX SYSTEM", always, reindex),
            ("REINDEX (…)", "REINDEX CONCURRENTLY", is_concurrent, reindex),
        ],
    ),
    (
        "REPACK",
        &[
            ("REPACK [(…)] $", "REPACK without a table", always, repeatable),
            ("REPACK [(…)] USING INDEX $", "REPACK without a table", always, repeatable),
            ("REPACK (…)", "REPACK (CONCURRENTLY)", is_concurrent, repeatable),
        ],
    ),
    ("VACUUM", &[("VACUUM", "VACUUM", always, repeatable)]),
];

fn always(_: &Statement<'_, '_>) -> bool {
    true
}

fn repeatable(_: &Statement<'_, '_>) -> Effect {
    Effect::Repeatable
}

fn unknown(_: &Statement<'_, '_>) -> Effect {
    Effect::Unknown
}

fn reindex(reindex: &Statement<'_, '_>) -> Effect {
    let pattern = "REINDEX [(…)] DATABASE|INDEX|SCHEMA|SYSTEM|TABLE CONCURRENTLY";
    effect::reindex(reindex, is_concurrent(reindex) || begins(reindex, pattern))
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

fn has_off(statement: &Statement<'_, '_>, names: &[&str]) -> bool {
    let is_named = |name: &str| names.iter().any(|other| name.eq_ignore_ascii_case(other));
    options(statement).iter().any(|(name, value)| is_named(name) && is_off(*value))
}

#[cfg(test)]
mod tests {
    use super::command;
    use crate::lexer::tokens;
    use crate::statements::statements;

    fn command_of(text: &str) -> Option<&'static str> {
        let tokens: Vec<_> = tokens(text).collect();
        statements(&tokens)
            .next()
            .and_then(|statement| command(&statement))
            .map(|command| command.name)
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
