use crate::block::Block;
use crate::checksum::{Checksum, Digest};
use crate::commands::command;
use crate::effect::Effect;
use crate::pattern::begins;
use crate::script::Script;
use crate::settings::{replaces, settings};
use crate::statements::Statement;

/// A statement of a file whose statements run one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The checksum of the file up to the next statement; of the last one, that of the file.
    pub checksum: Digest,
    /// What it leaves in the catalog.
    pub effect: Effect,
}

/// The steps of a file: none, where it runs as a whole.
pub(crate) fn steps(script: &Script<'_>) -> Vec<Step> {
    if !script.directives.are_one_by_one() {
        return Vec::new();
    }
    let (mut checksum, mut rest) = (Checksum::default(), script.tokens);
    let next_starts = script.statements.iter().skip(1).map(|next| next.range().start);
    let step = |(statement, end): (&Statement<'_, '_>, usize)| {
        let (tokens, behind) = rest.split_at(rest.partition_point(|token| token.start < end));
        rest = behind;
        checksum.add(tokens);
        Step { checksum: checksum.value(), effect: effect(script.text, statement) }
    };
    let ends = next_starts.chain([script.text.len()]);
    let mut steps: Vec<_> = script.statements.iter().zip(ends).map(step).collect();
    end_settings(script, &mut steps);
    steps
}

/// What is set counts until the same is set anew.
fn end_settings(script: &Script<'_>, steps: &mut [Step]) {
    let names: Vec<_> = script.statements.iter().map(settings).collect();
    for (index, step) in steps.iter_mut().enumerate() {
        if let Effect::Setting { until } = &mut step.effect {
            let mut later = names.iter().enumerate().skip(index + 1);
            let replaced = later.find(|(_, later)| replaces(later, &names[index]));
            *until = replaced.and_then(|(number, _)| u32::try_from(number).ok());
        }
    }
}

fn effect(text: &str, statement: &Statement<'_, '_>) -> Effect {
    if let Some(command) = command(statement) {
        (command.effect)(statement)
    } else if !settings(statement).is_empty() {
        Effect::Setting { until: None }
    } else if may_commit(text, statement) {
        Effect::Opaque
    } else {
        Effect::Transactional
    }
}

fn may_commit(text: &str, statement: &Statement<'_, '_>) -> bool {
    let commits = |block: Block<'_>| block.commits().next().is_some();
    begins(statement, "CALL") || Block::of(text, statement).is_some_and(commits)
}

#[cfg(test)]
mod tests {
    use super::{Step, steps};
    use crate::checksum::checksum;
    use crate::effect::Effect;
    use crate::lexer::tokens;
    use crate::script::Script;

    fn of(text: &str) -> Vec<Step> {
        let tokens: Vec<_> = tokens(text).collect();
        steps(&Script::new(text, &tokens).0)
    }

    #[test]
    fn each_has_the_checksum_of_the_text_so_far() {
        let parts = [
            "-- migrations: no-transaction\nSET a = 'B'; -- c\n;",
            "/* d */ COPY t FROM STDIN;\n1;2\n\\.\n\\unrestrict\n",
            "SELECT 1 -- e",
        ];
        let text = parts.concat();
        let of_parts = (1..=parts.len()).map(|length| {
            let text = parts[..length].concat();
            checksum(&tokens(&text).collect::<Vec<_>>())
        });
        let of_steps = of(&text).into_iter().map(|step| step.checksum);
        assert_eq!(of_steps.collect::<Vec<_>>(), of_parts.collect::<Vec<_>>());
    }

    #[test]
    fn only_files_that_say_so_have_some() {
        assert_eq!(of("SELECT 1").len(), 0);
        assert_eq!(of("-- migrations: no-transaction\nSELECT 1; SELECT 2").len(), 2);
        assert_eq!(of("-- migrations: batch\nUPDATE t SET a = 1").len(), 1);
        assert_eq!(of("-- migrations: no-transaction\n").len(), 0);
    }

    #[test]
    fn what_is_set_counts_until_it_is_set_anew() {
        let untils = |statements: &str| -> Vec<_> {
            let steps = of(&format!("-- migrations: no-transaction\n{statements}"));
            let until = |step: &Step| match step.effect {
                Effect::Setting { until } => Some(until),
                _ => None,
            };
            steps.iter().map(until).collect()
        };
        let (never, none) = (Some(None), None);
        let cases = [
            ("SET a = 1; VACUUM; SET b = 1", vec![never, none, never]),
            ("SET a = 1; VACUUM; SET a = 2", vec![Some(Some(2)), none, never]),
            ("SET ROLE r; SET a = 1; RESET ALL", vec![never, Some(Some(2)), never]),
            ("SET ROLE r; VACUUM; RESET ROLE; DROP ROLE r", vec![Some(Some(2)), none, never, none]),
        ];
        for (statements, expected) in cases {
            assert_eq!(untils(statements), expected, "{statements}");
        }
    }

    fn effect_of(statement: &str) -> Effect {
        let mut steps = of(&format!("-- migrations: no-transaction\n{statement}"));
        assert_eq!(steps.len(), 1, "{statement}");
        steps.remove(0).effect
    }

    #[test]
    fn tells_what_creates_an_index() {
        let cases = [
            ("CREATE INDEX CONCURRENTLY i ON t (a)", Some("i"), "t"),
            (
                "create unique index concurrently if not exists I on only \"S\" . /* b */ t (a)",
                Some("I"),
                "\"S\".t",
            ),
            ("CREATE INDEX CONCURRENTLY ON t (a)", None, "t"),
            ("CREATE INDEX CONCURRENTLY ON ONLY a.b.t USING gin (a)", None, "a.b.t"),
            ("CREATE INDEX CONCURRENTLY \"a \"\"b\" ON \"on\" (a)", Some("\"a \"\"b\""), "\"on\""),
            ("CREATE INDEX CONCURRENTLY if ON t (a)", Some("if"), "t"),
        ];
        for (text, index, table) in cases {
            let index = index.map(Into::into);
            let expected = Effect::CreateIndex { index, table: table.into() };
            assert_eq!(effect_of(text), expected, "{text}");
        }
    }

    #[test]
    fn tells_what_is_dropped_detached_and_created() {
        let index = |index: &str| Effect::DropIndex { index: index.into() };
        let detach = |table: &str, partition: &str| Effect::DetachPartition {
            table: table.into(),
            partition: partition.into(),
        };
        let name = || "d".into();
        let cases = [
            ("DROP INDEX CONCURRENTLY i", index("i")),
            ("DROP INDEX CONCURRENTLY IF EXISTS app . \"I\" RESTRICT", index("app.\"I\"")),
            ("DROP INDEX CONCURRENTLY if", index("if")),
            ("DROP INDEX CONCURRENTLY i, j", Effect::Opaque),
            ("ALTER TABLE t DETACH PARTITION s.p CONCURRENTLY", detach("t", "s.p")),
            (
                "ALTER TABLE IF EXISTS ONLY s.t * DETACH PARTITION p CONCURRENTLY",
                detach("s.t", "p"),
            ),
            ("CREATE DATABASE d WITH ENCODING 'UTF8'", Effect::CreateDatabase { name: name() }),
            ("DROP DATABASE d", Effect::DropDatabase { name: name() }),
            ("DROP DATABASE IF EXISTS d WITH (FORCE)", Effect::DropDatabase { name: name() }),
            ("CREATE TABLESPACE d LOCATION '/d'", Effect::CreateTablespace { name: name() }),
            ("DROP TABLESPACE IF EXISTS d", Effect::DropTablespace { name: name() }),
            ("DROP TABLESPACE d", Effect::DropTablespace { name: name() }),
        ];
        for (text, expected) in cases {
            assert_eq!(effect_of(text), expected, "{text}");
        }
    }

    #[test]
    fn names_that_hold_escapes_are_not_read() {
        for text in [
            "CREATE INDEX CONCURRENTLY U&\"\\0441\" ON t (a)",
            "CREATE INDEX CONCURRENTLY ON u&\"a\".t (a)",
            "DROP INDEX CONCURRENTLY a.U&\"b\"",
            "ALTER TABLE t DETACH PARTITION U&\"p\" CONCURRENTLY",
            "CREATE DATABASE U&\"d\"",
        ] {
            assert_eq!(effect_of(text), Effect::Opaque, "{text}");
        }
    }

    #[test]
    fn tells_what_is_rebuilt() {
        for (text, relation) in [
            ("REINDEX INDEX CONCURRENTLY i", Some("i")),
            ("REINDEX (VERBOSE) TABLE CONCURRENTLY s.t", Some("s.t")),
            ("REINDEX (CONCURRENTLY) INDEX \"I\"", Some("\"I\"")),
            ("REINDEX TABLE CONCURRENTLY U&\"t\"", None),
            ("REINDEX SCHEMA CONCURRENTLY s", None),
            ("REINDEX (CONCURRENTLY) DATABASE d", None),
        ] {
            let expected = Effect::Reindex { relation: relation.map(Into::into) };
            assert_eq!(effect_of(text), expected, "{text}");
        }
    }

    #[test]
    fn tells_all_others_apart() {
        let cases: [(Effect, &[&str]); 5] = [
            (
                Effect::Repeatable,
                &[
                    "REINDEX DATABASE d",
                    "REINDEX (CONCURRENTLY off) SCHEMA s",
                    "REINDEX SYSTEM",
                    "VACUUM (ANALYZE) t",
                    "CLUSTER",
                    "ALTER SYSTEM SET a = 1",
                    "DISCARD ALL",
                    "ALTER DATABASE d SET TABLESPACE t",
                    "REPACK",
                    "REPACK (CONCURRENTLY) t",
                ],
            ),
            (
                Effect::Unknown,
                &[
                    "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p",
                    "ALTER SUBSCRIPTION s REFRESH PUBLICATION",
                    "ALTER SUBSCRIPTION s SET (failover)",
                    "DROP SUBSCRIPTION s",
                ],
            ),
            (
                Effect::Setting { until: None },
                &[
                    "SET a = 1",
                    "set session a to 1",
                    "RESET ALL",
                    "SET ROLE r",
                    "SELECT set_config('a', '1', false)",
                    "select pg_catalog . set_config('a', '1', false) as b;",
                ],
            ),
            (Effect::Opaque, &["CALL p()", "DO $$ BEGIN UPDATE t SET a = 1; COMMIT; END $$"]),
            (
                Effect::Transactional,
                &[
                    "SET LOCAL a = 1",
                    "SET TRANSACTION READ ONLY",
                    "SET CONSTRAINTS ALL DEFERRED",
                    "SELECT set_config('a', '1', false), f()",
                    "SELECT a.set_config('a')",
                    "DO $$ BEGIN PERFORM 'COMMIT'; END $$",
                    "CREATE INDEX i ON t (a)",
                    "REINDEX TABLE t",
                    "CLUSTER t",
                    "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (connect = off)",
                    "ALTER TYPE t ADD VALUE 'x'",
                    "INSERT INTO t VALUES (1)",
                ],
            ),
        ];
        for (expected, texts) in cases {
            for text in texts {
                assert_eq!(effect_of(text), expected, "{text}");
            }
        }
    }
}
