use super::Rule;
use crate::block::Block;
use crate::finding::Finding;
use crate::lexer::{Kind, Token, tokens};
use crate::script::Script;

/// Warns of a handler for `duplicate_object` and the like around what creates an object.
///
/// Two processes that create the same object at once get a `unique_violation` (23505) of a system
/// catalog, which is another condition: "PostgreSQL Error Codes" (appendix A) in its manual.
pub(super) fn check(script: &Script<'_>) -> Vec<Finding> {
    script.blocks.iter().filter(|block| creates_object(block)).flat_map(findings).collect()
}

/// Also in strings, which may be executed.
fn creates_object(block: &Block<'_>) -> bool {
    let is_string = |token: &&Token<'_>| matches!(token.kind, Kind::String | Kind::DollarQuoted);
    let mut strings = block.code.iter().filter(is_string);
    creates(block.code.iter().copied())
        || strings.any(|string| creates(tokens(&block.text[string.inside()])))
}

/// Whether `CREATE` stands there with an object of the database. A role belongs to all databases of
/// a server, so that another one's migrations may have created it; and what belongs to a table, such
/// as a trigger, waits for the table's lock and gets the error that the handler catches.
fn creates<'a>(tokens: impl Iterator<Item = Token<'a>>) -> bool {
    let mut code = tokens.filter(|token| !token.is_blank()).peekable();
    while let Some(token) = code.next() {
        if token.is("CREATE") {
            while code.next_if(|token| token.is_one_of(&BETWEEN)).is_some() {}
            if code.peek().is_some_and(|token| token.is_one_of(&OBJECTS)) {
                return true;
            }
        }
    }
    false
}

const BETWEEN: [&str; 7] =
    ["FOREIGN", "MATERIALIZED", "OR", "RECURSIVE", "REPLACE", "UNIQUE", "UNLOGGED"];

const OBJECTS: [&str; 11] = [
    "COLLATION",
    "DOMAIN",
    "EXTENSION",
    "FUNCTION",
    "INDEX",
    "PROCEDURE",
    "SCHEMA",
    "SEQUENCE",
    "TABLE",
    "TYPE",
    "VIEW",
];

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
    fn finds_them_around_what_is_executed() {
        let text = "DO $$ BEGIN EXECUTE 'CREATE UNIQUE INDEX i ON t (a)'; EXCEPTION WHEN \
                    duplicate_table THEN NULL; END $$";
        assert_eq!(found(check, text), ["duplicate_table"]);
    }

    #[test]
    fn finds_none_elsewhere() {
        let texts = [
            "DO $$ BEGIN PERFORM f(); EXCEPTION WHEN duplicate_object THEN NULL; END $$",
            "CREATE FUNCTION f() RETURNS void AS $$ BEGIN CREATE TABLE t (); EXCEPTION WHEN \
             duplicate_table THEN NULL; END $$ LANGUAGE plpgsql",
            "DO $$ BEGIN CREATE ROLE r; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
            "DO $$ BEGIN ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0); EXCEPTION WHEN \
             duplicate_object THEN NULL; END $$",
            "DO $$ BEGIN CREATE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f(); EXCEPTION WHEN \
             duplicate_object THEN NULL; END $$",
            "CREATE TABLE duplicate_object (); -- EXCEPTION WHEN duplicate_object THEN",
        ];
        for text in texts {
            assert_eq!(found(check, text), [""; 0], "{text:?}");
        }
    }
}
