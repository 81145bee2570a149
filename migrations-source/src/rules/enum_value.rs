use std::ops::Range;

use super::Rule;
use crate::block::Block;
use crate::finding::Finding;
use crate::lexer::{Kind, Token};
use crate::pattern::begins;
use crate::script::Script;
use crate::statements::Statement;

/// Finds the use of an enum's value in the transaction that adds it: SQLSTATE 55P04, "ALTER TYPE" in
/// PostgreSQL's manual.
///
/// It is sure only where the value is cast to the type by name; anywhere else the string may be meant
/// as a text. Of a type that the same file creates, servers from 17 on take the new value.
pub(super) fn check(script: &Script<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, statement) in script.statements.iter().enumerate() {
        let (before, behind) = (&script.statements[..index], &script.statements[index + 1..]);
        if let Some(added) = Added::by(statement) {
            let is_created = before.iter().any(|create| added.is_created_by(create));
            let is_replaced = behind.iter().any(|other| added.is_replaced_by(other));
            let uses = behind.iter().flat_map(|statement| added.uses(script.text, statement));
            let is_sure = !is_created && !is_replaced && !added.if_not_exists;
            findings.extend(added.finding(&uses.collect::<Vec<_>>(), is_created, is_sure));
        }
    }
    findings
}

/// What `ALTER TYPE … ADD VALUE` adds.
struct Added<'a> {
    /// The type's name without its schema.
    name: String,
    /// The value, with its quotes.
    value: &'a str,
    /// Whether the type may have it already.
    if_not_exists: bool,
}

/// Where the value is used, and whether it is cast to the type.
struct Use {
    range: Range<usize>,
    is_cast: bool,
}

impl<'a> Added<'a> {
    fn by(alter: &Statement<'_, 'a>) -> Option<Self> {
        if !begins(alter, "ALTER TYPE <name> ADD VALUE") {
            return None;
        }
        let value = alter.code().find(|token| token.kind == Kind::String)?.text;
        let if_not_exists = begins(alter, "ALTER TYPE <name> ADD VALUE IF");
        Some(Self { name: name_of_type(alter)?, value, if_not_exists })
    }

    fn is_created_by(&self, create: &Statement<'_, '_>) -> bool {
        begins(create, "CREATE TYPE <name> AS ENUM")
            && name_of_type(create).is_some_and(|name| name == self.name)
    }

    /// Whether the name may be another type's afterwards.
    fn is_replaced_by(&self, other: &Statement<'_, '_>) -> bool {
        self.is_created_by(other) || begins(other, "ALTER TYPE <name> RENAME TO")
    }

    /// What defines or describes types names values without using them.
    fn uses(&self, text: &str, statement: &Statement<'_, '_>) -> Vec<Use> {
        if let Some(block) = Block::of(text, statement) {
            let code: Vec<_> = block.code.iter().collect();
            return self.uses_in(&code, |at| block.range(at));
        }
        if begins(statement, "ALTER|CREATE|DROP TYPE") || begins(statement, "COMMENT") {
            return Vec::new();
        }
        let code: Vec<_> = statement.code().collect();
        self.uses_in(&code, |at| code[at].range())
    }

    fn uses_in(&self, code: &[&Token<'_>], range: impl Fn(usize) -> Range<usize>) -> Vec<Use> {
        let is_use = |at: &usize| code[*at].text == self.value;
        let to_use = |at: usize| Use { range: range(at), is_cast: self.is_cast(code, at) };
        (0..code.len()).filter(is_use).map(to_use).collect()
    }

    /// `'x'::name`, `CAST('x' AS name)`, `name 'x'`, each also with a schema.
    fn is_cast(&self, code: &[&Token<'_>], at: usize) -> bool {
        let is = |index: Option<usize>, word| {
            index.and_then(|index| code.get(index)).is_some_and(|token| token.is(word))
        };
        let in_cast = is(at.checked_sub(2), "CAST") && is(at.checked_sub(1), "(");
        if is(Some(at + 1), "::") || (in_cast && is(Some(at + 1), "AS")) {
            return last_part(&code[at + 2..]).is_some_and(|name| name == self.name);
        }
        let before = at.checked_sub(1).map(|before| code[before]);
        before.is_some_and(|before| is_name(before) && folded(before.text) == self.name)
    }

    fn finding(&self, uses: &[Use], is_created: bool, is_sure: bool) -> Option<Finding> {
        let sure = uses.iter().find(|it| it.is_cast).filter(|_| is_sure);
        let range = sure.or(uses.first())?.range.clone();
        let (message, help) = match (is_created, sure) {
            (true, _) => self.of_new_type(),
            (false, Some(_)) => self.of_old_type("is"),
            (false, None) => self.of_old_type("may be"),
        };
        let finding = Finding::new(range, message).of(Rule::NewEnumValue).help(help);
        Some(if sure.is_some() { finding } else { finding.unsure() })
    }

    fn of_old_type(&self, verb: &str) -> (String, String) {
        let Self { name, value, .. } = self;
        (
            format!("{value} {verb} used in the transaction that adds it to the type `{name}`"),
            "move ALTER TYPE … ADD VALUE into a migration of its own, before this one".into(),
        )
    }

    fn of_new_type(&self) -> (String, String) {
        let Self { name, value, .. } = self;
        (
            format!("PostgreSQL before 17 refuses to use {value} in the transaction that adds it"),
            format!("name the value where `{name}` is created"),
        )
    }
}

/// Of `ALTER TYPE` and `CREATE TYPE`, the name without its schema.
fn name_of_type(statement: &Statement<'_, '_>) -> Option<String> {
    last_part(&statement.code().skip(2).take(6).collect::<Vec<_>>())
}

/// Of the name that the tokens begin with, the part without the schema.
fn last_part(code: &[&Token<'_>]) -> Option<String> {
    let parts = code.chunks(2).take_while(|pair| is_name(pair[0]));
    let last = { parts }.find(|pair| pair.get(1).is_none_or(|dot| dot.text != "."))?;
    Some(folded(last[0].text))
}

fn is_name(token: &Token<'_>) -> bool {
    matches!(token.kind, Kind::Word | Kind::QuotedIdentifier)
}

/// A name as the server keeps it, but for what is rare.
fn folded(name: &str) -> String {
    match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => name.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::lexer::tokens;
    use crate::rules::found;
    use crate::script::Script;

    #[test]
    fn finds_the_use_of_a_new_value() {
        let cases: [(&str, &[&str]); 11] = [
            ("ALTER TYPE t ADD VALUE 'x'; SELECT 'x', 'x'::t", &["'x'"]),
            (
                "alter type s.t add value if not exists 'x' after 'a'; UPDATE u SET c = 'x'",
                &["'x'"],
            ),
            ("ALTER TYPE t ADD VALUE 'x'; DO $$ BEGIN UPDATE u SET c = 'x'; END $$", &["'x'"]),
            ("ALTER TYPE t ADD VALUE 'x'; ALTER TYPE t ADD VALUE 'y' AFTER 'x'", &[]),
            ("ALTER TYPE t ADD VALUE 'x'; ALTER TYPE t RENAME VALUE 'x' TO 'y'", &[]),
            ("ALTER TYPE t ADD VALUE 'x'; DROP TYPE u; CREATE TYPE u AS ENUM ('x')", &[]),
            ("UPDATE u SET c = 'x'; ALTER TYPE t ADD VALUE 'x'", &[]),
            (
                "ALTER TYPE t ADD VALUE 'x'; SELECT 'X', \"x\", $$x$$; COMMENT ON COLUMN t.c IS 'x'",
                &[],
            ),
            (
                "CREATE TYPE s.t AS ENUM ('a'); ALTER TYPE \"t\" ADD VALUE 'x'; SELECT 'x'::t",
                &["'x'"],
            ),
            ("CREATE TYPE u AS ENUM ('a'); ALTER TYPE t ADD VALUE 'x'; SELECT 'x'::t", &["'x'"]),
            ("ALTER TYPE t RENAME VALUE 'a' TO 'x'; SELECT 'x'::t", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(found(check, text), expected, "{text:?}");
        }
    }

    #[test]
    fn is_sure_of_casts_to_a_type_that_was_there_before() {
        let cases = [
            ("ALTER TYPE t ADD VALUE 'x'; SELECT 'x'::T", true),
            ("ALTER TYPE s.\"T\" ADD VALUE 'x'; SELECT 'x'::s.\"T\"", true),
            ("ALTER TYPE t ADD VALUE 'x'; SELECT CAST('x' AS t)", true),
            ("ALTER TYPE t ADD VALUE 'x'; SELECT t 'x'", true),
            ("ALTER TYPE t ADD VALUE 'x'; SELECT 'x' AS u", false),
            ("ALTER TYPE t ADD VALUE 'x'; SELECT 'x'::text", false),
            ("ALTER TYPE t ADD VALUE 'x'; INSERT INTO u VALUES ('x')", false),
            ("ALTER TYPE t ADD VALUE 'x'; SELECT 'x' AS t, u.t FROM u", false),
            ("ALTER TYPE t ADD VALUE 'x'; SELECT 1 WHERE k = 'x'::text AND t = 'a'", false),
            ("ALTER TYPE t ADD VALUE IF NOT EXISTS 'x'; SELECT 'x'::t", false),
            ("ALTER TYPE t ADD VALUE 'x'; ALTER TYPE t RENAME TO u; SELECT 'x'::t", false),
            ("CREATE TYPE t AS ENUM (); ALTER TYPE t ADD VALUE 'x'; SELECT 'x'::t", false),
        ];
        for (text, expected) in cases {
            let tokens: Vec<_> = tokens(text).collect();
            let findings = check(&Script::new(text, &tokens).0);
            assert_eq!(findings.len(), 1, "{text:?}");
            assert_eq!(findings[0].is_sure, expected, "{text:?}");
        }
    }
}
