use super::Rule;
use crate::block::Block;
use crate::finding::Finding;
use crate::lexer::{Kind, Token};
use crate::script::Script;

/// Warns of a handler for `duplicate_object` and the like around DDL.
///
/// Two processes that create the same object at once get a `unique_violation` (23505) of a system
/// catalog, which is another condition: "PostgreSQL Error Codes" (appendix A) in its manual.
pub(super) fn check(script: &Script<'_>) -> Vec<Finding> {
    let blocks = script.statements.iter().filter_map(|statement| Block::of(script.text, statement));
    blocks.filter(changes_schema).flat_map(|block| findings(&block)).collect()
}

/// Also in strings, which may be executed.
fn changes_schema(block: &Block<'_>) -> bool {
    let text = block.text.to_ascii_lowercase();
    text.contains("create") || text.contains("alter")
}

fn findings(block: &Block<'_>) -> Vec<Finding> {
    let whens = (0..block.code.len()).filter(|at| block.code[*at].is("WHEN"));
    whens.filter_map(|when| finding(block, when)).collect()
}

fn finding(block: &Block<'_>, when: usize) -> Option<Finding> {
    let length = block.code[when..].iter().position(|token| token.is("THEN"))?;
    let conditions = when + 1..when + length;
    if conditions.clone().any(|at| catches_all(&block.code[at])) {
        return None;
    }
    let (at, name) = conditions.clone().find_map(|at| Some((at, condition(block, at)?)))?;
    let message = format!(
        "the handler for `{name}` does not catch what two processes get that create the same object: \
         `unique_violation`"
    );
    Some(
        Finding::new(block.range(at), message)
            .of(Rule::DuplicateHandler)
            .help("write the statement without the block: a migration runs once, and under a lock"),
    )
}

/// With `unique_violation` in it, the handler catches both.
fn catches_all(token: &Token<'_>) -> bool {
    token.is("unique_violation") || token.is("OTHERS") || token.text == "'23505'"
}

/// The name of the condition, if it is one of these and a condition.
fn condition(block: &Block<'_>, at: usize) -> Option<&'static str> {
    let token = &block.code[at];
    let before = &block.code[at - 1];
    let is_condition = match token.kind {
        Kind::Word => before.is("WHEN") || before.is("OR"),
        Kind::String => before.is("SQLSTATE"),
        _ => false,
    };
    let is_named =
        |(name, code): &&(&str, &str)| token.is(name) || token.text.trim_matches('\'') == *code;
    CONDITIONS.iter().find(is_named).filter(|_| is_condition).map(|(name, _)| *name)
}

const CONDITIONS: [(&str, &str); 4] = [
    ("duplicate_object", "42710"),
    ("duplicate_table", "42P07"),
    ("duplicate_schema", "42P06"),
    ("duplicate_function", "42723"),
];

#[cfg(test)]
mod tests {
    use super::check;
    use crate::rules::found;

    #[test]
    fn finds_handlers_around_ddl() {
        let create = "DO $$ BEGIN CREATE TYPE t AS ENUM (); EXCEPTION";
        let cases: [(&str, &[&str]); 8] = [
            ("WHEN duplicate_object THEN NULL; END $$", &["duplicate_object"]),
            ("when Duplicate_Table or undefined_table then null; end $$", &["Duplicate_Table"]),
            ("WHEN SQLSTATE '42710' THEN NULL; END $$", &["'42710'"]),
            ("WHEN x THEN y; WHEN duplicate_schema THEN z; END $$", &["duplicate_schema"]),
            ("WHEN duplicate_object OR unique_violation THEN NULL; END $$", &[]),
            ("WHEN duplicate_object OR SQLSTATE '23505' THEN NULL; END $$", &[]),
            ("WHEN OTHERS THEN NULL; END $$", &[]),
            ("WHEN division_by_zero THEN RAISE 'duplicate_object'; END $$", &[]),
        ];
        for (handler, expected) in cases {
            assert_eq!(found(check, &format!("{create} {handler}")), expected, "{handler:?}");
        }
    }

    #[test]
    fn finds_none_elsewhere() {
        let texts = [
            "DO $$ BEGIN PERFORM f(); EXCEPTION WHEN duplicate_object THEN NULL; END $$",
            "CREATE FUNCTION f() RETURNS void AS $$ BEGIN CREATE TABLE t (); EXCEPTION WHEN \
             duplicate_table THEN NULL; END $$ LANGUAGE plpgsql",
            "CREATE TABLE duplicate_object (); -- EXCEPTION WHEN duplicate_object THEN",
        ];
        for text in texts {
            assert_eq!(found(check, text), [""; 0], "{text:?}");
        }
    }
}
