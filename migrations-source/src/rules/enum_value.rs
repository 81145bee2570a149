use std::ops::Range;

use super::Rule;
use crate::block::Block;
use crate::finding::Finding;
use crate::lexer::{Kind, Token};
use crate::pattern::begins;
use crate::script::Script;
use crate::statements::Statement;

/// Refuses the use of an enum's value in the transaction that adds it: SQLSTATE 55P04, "ALTER TYPE"
/// in PostgreSQL's manual. A value of a type that the same transaction creates can be used.
pub(super) fn check(script: &Script<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, statement) in script.statements.iter().enumerate() {
        let (before, behind) = (&script.statements[..index], &script.statements[index + 1..]);
        if let Some(value) = added_value(statement).filter(|_| !is_created_in(before, statement)) {
            let uses = behind.iter().flat_map(|statement| uses(script.text, statement, value));
            findings.extend(uses.take(1).map(|range| finding(range, value)));
        }
    }
    findings
}

fn finding(range: Range<usize>, value: &str) -> Finding {
    let message = format!("{value} is used in the transaction that adds it to its enum type");
    Finding::new(range, message)
        .of(Rule::NewEnumValue)
        .help("move ALTER TYPE … ADD VALUE into a file of its own, before this one")
}

/// The value that `ALTER TYPE … ADD VALUE` adds, with its quotes.
fn added_value<'a>(statement: &Statement<'_, 'a>) -> Option<&'a str> {
    if !begins(statement, "ALTER TYPE <name> ADD VALUE") {
        return None;
    }
    statement.code().find(|token| token.kind == Kind::String).map(|token| token.text)
}

/// Whether one of the statements creates the type that `alter` names.
fn is_created_in(statements: &[Statement<'_, '_>], alter: &Statement<'_, '_>) -> bool {
    let name = |statement: &Statement<'_, '_>| {
        let is_part = |token: &&Token<'_>| !token.is("ADD") && !token.is("AS");
        let words = statement.code().skip(2).take_while(is_part);
        words.map(|token| token.text.to_ascii_lowercase()).collect::<Vec<_>>()
    };
    let is_it = |create: &&Statement<'_, '_>| {
        begins(create, "CREATE TYPE <name> AS ENUM") && name(create).last() == name(alter).last()
    };
    statements.iter().any(|create| is_it(&create))
}

/// Where a statement holds the value, also in a block that it runs.
fn uses(text: &str, statement: &Statement<'_, '_>, value: &str) -> Vec<Range<usize>> {
    if let Some(block) = Block::of(text, statement) {
        let is_use = |at: &usize| block.code[*at].text == value;
        return (0..block.code.len()).filter(is_use).map(|at| block.range(at)).collect();
    }
    if begins(statement, "COMMENT ON") || begins(statement, "ALTER TYPE <name> ADD VALUE") {
        return Vec::new();
    }
    statement.code().filter(|token| token.text == value).map(Token::range).collect()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::rules::found;

    #[test]
    fn finds_the_first_use_of_a_new_value() {
        let cases: [(&str, &[&str]); 9] = [
            ("ALTER TYPE t ADD VALUE 'x'; SELECT 'x'::t, 'x'", &["'x'"]),
            (
                "alter type s.t add value if not exists 'x' after 'a'; UPDATE u SET c = 'x'",
                &["'x'"],
            ),
            ("ALTER TYPE t ADD VALUE 'x'; DO $$ BEGIN UPDATE u SET c = 'x'; END $$", &["'x'"]),
            ("ALTER TYPE t ADD VALUE 'x'; ALTER TYPE t ADD VALUE 'y' AFTER 'x'", &[]),
            ("UPDATE u SET c = 'x'; ALTER TYPE t ADD VALUE 'x'", &[]),
            ("ALTER TYPE t ADD VALUE 'x'; SELECT 'X', \"x\", $$x$$; COMMENT ON TYPE t IS 'x'", &[]),
            ("CREATE TYPE s.t AS ENUM ('a'); ALTER TYPE T ADD VALUE 'x'; SELECT 'x'::t", &[]),
            ("CREATE TYPE u AS ENUM ('a'); ALTER TYPE t ADD VALUE 'x'; SELECT 'x'::t", &["'x'"]),
            ("ALTER TYPE t RENAME VALUE 'a' TO 'x'; SELECT 'x'::t", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(found(check, text), expected, "{text:?}");
        }
    }
}
