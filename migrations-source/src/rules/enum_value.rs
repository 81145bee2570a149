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
            let uses = behind.iter().flat_map(|statement| added.uses(script.text, statement));
            findings.extend(added.finding(&uses.collect::<Vec<_>>(), is_created));
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
        Some(Self { name: name_of_type(alter)?, value })
    }

    fn is_created_by(&self, create: &Statement<'_, '_>) -> bool {
        begins(create, "CREATE TYPE <name> AS ENUM")
            && name_of_type(create).is_some_and(|name| name == self.name)
    }

    /// What defines or describes types names values without using them.
    fn uses(&self, text: &str, statement: &Statement<'_, '_>) -> Vec<Use> {
        if let Some(block) = Block::of(text, statement) {
            let code: Vec<_> = block.code.iter().collect();
            return self.uses_in(&code, |at| block.range(at));
        }
        if begins(statement, "ALTER|COMMENT|CREATE|DROP [ON] TYPE") {
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
        let is_named = |token: &&&Token<'_>| folded(token.text) == self.name;
        let behind = code.get(at + 1).is_some_and(|next| next.text == "::" || next.is("AS"))
            && code[at + 2..].iter().take(3).any(|token| is_named(&token));
        behind || at.checked_sub(1).is_some_and(|before| is_named(&&code[before]))
    }

    fn finding(&self, uses: &[Use], is_created: bool) -> Option<Finding> {
        let sure = uses.iter().find(|it| it.is_cast).filter(|_| !is_created);
        let first = sure.or(uses.first())?;
        let (value, name) = (self.value, &self.name);
        let finding = if is_created {
            Finding::new(
                first.range.clone(),
                format!(
                    "PostgreSQL before 17 refuses to use {value} in the transaction that adds it"
                ),
            )
            .help(format!("name the value where `{name}` is created"))
        } else {
            let verb = if sure.is_some() { "is" } else { "may be" };
            Finding::new(
                first.range.clone(),
                format!("{value} {verb} used in the transaction that adds it to the type `{name}`"),
            )
            .help("move ALTER TYPE … ADD VALUE into a file of its own, before this one")
        };
        let finding = finding.of(Rule::NewEnumValue);
        Some(if sure.is_some() { finding } else { finding.unsure() })
    }
}

/// Of `ALTER TYPE` and `CREATE TYPE`, the name without its schema.
fn name_of_type(statement: &Statement<'_, '_>) -> Option<String> {
    let mut code = statement.code().skip(2);
    let mut name = code.next()?;
    while code.next().is_some_and(|token| token.text == ".") {
        name = code.next()?;
    }
    Some(folded(name.text))
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
            ("ALTER TYPE t ADD VALUE 'x'; SELECT 'X', \"x\", $$x$$; COMMENT ON TYPE t IS 'x'", &[]),
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
