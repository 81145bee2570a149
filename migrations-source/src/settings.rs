//! What a statement sets for its session.

use std::iter::Peekable;

use crate::lexer::{Kind, Token, string_parts};
use crate::pattern::begins;
use crate::statements::Statement;

/// The settings that a statement sets, in lower case; none if it does anything else, too.
///
/// `all` are all but the role and the user, as `RESET ALL` takes it: "RESET" in PostgreSQL's manual.
pub(crate) fn settings(statement: &Statement<'_, '_>) -> Vec<String> {
    if begins(statement, "SET LOCAL|TRANSACTION|CONSTRAINTS") {
        return Vec::new();
    }
    if begins(statement, "SET|RESET") {
        return vec![named(statement)];
    }
    called(statement).unwrap_or_default()
}

/// Whether a statement sets something in a way of which nobody can tell what it will be later.
pub(crate) fn sets_unclearly(statement: &Statement<'_, '_>) -> bool {
    let calls = |token: &Token<'_>| token.kind == Kind::Word && token.is("set_config");
    statement.code().any(calls) && settings(statement).is_empty()
}

/// Whether what sets the later names leaves nothing of what sets the earlier ones.
pub(crate) fn replaces(later: &[String], earlier: &[String]) -> bool {
    let is_identity = |name: &String| name == "role" || name == "session_authorization";
    let all = later.iter().any(|name| name == "all");
    earlier.iter().all(|name| later.contains(name) || all && !is_identity(name))
}

/// The words of its own that the grammar has for some settings.
fn named(set: &Statement<'_, '_>) -> String {
    const WORDS: [(&str, &str); 7] = [
        ("SET|RESET [SESSION] SESSION AUTHORIZATION", "session_authorization"),
        ("SET|RESET SESSION AUTHORIZATION", "session_authorization"),
        ("SET|RESET [SESSION] TIME ZONE", "timezone"),
        ("SET [SESSION] NAMES", "client_encoding"),
        ("SET [SESSION] SCHEMA", "search_path"),
        ("SET [SESSION] XML OPTION", "xmloption"),
        ("SET SESSION CHARACTERISTICS", "default_transaction_isolation"),
    ];
    if let Some((_, name)) = WORDS.iter().find(|(pattern, _)| begins(set, pattern)) {
        return (*name).into();
    }
    let skipped = if begins(set, "SET SESSION") { 2 } else { 1 };
    let mut code = set.code().skip(skipped).peekable();
    let mut name = String::new();
    while let Some(part) = code.next() {
        name.push_str(part.text.trim_matches('"'));
        let Some(dot) = code.next_if(|token| token.text == ".") else { break };
        name.push_str(dot.text);
    }
    name.to_ascii_lowercase()
}

/// The names in `SELECT set_config('…', '…', false), … [AS …]`, with nothing but literals.
fn called(select: &Statement<'_, '_>) -> Option<Vec<String>> {
    let mut code = select.code().peekable();
    code.next_if(|token| token.is("SELECT"))?;
    let mut names = Vec::new();
    loop {
        names.push(call(&mut code)?);
        if code.next_if(|token| token.is("AS")).is_some() {
            code.next()?;
        }
        if code.next_if(|token| token.text == ",").is_none() {
            return code.next().is_none().then_some(names);
        }
    }
}

fn call<'t, 'a: 't>(code: &mut Peekable<impl Iterator<Item = &'t Token<'a>>>) -> Option<String> {
    if code.next_if(|token| token.is("pg_catalog")).is_some() {
        code.next_if(|token| token.text == ".")?;
    }
    code.next_if(|token| token.is("set_config"))?;
    code.next_if(|token| token.text == "(")?;
    let name = code.next_if(|token| token.kind == Kind::String)?;
    code.next_if(|token| token.text == ",")?;
    code.next_if(|token| token.kind == Kind::String)?;
    code.next_if(|token| token.text == ",")?;
    code.next_if(|token| token.is("false"))?;
    code.next_if(|token| token.text == ")")?;
    Some(string_parts(name.text).collect::<String>().trim_matches('\'').to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{replaces, sets_unclearly, settings};
    use crate::lexer::tokens;
    use crate::statements::statements;

    fn of(text: &str) -> (Vec<String>, bool) {
        let tokens: Vec<_> = tokens(text).collect();
        let statement = statements(&tokens).next().unwrap();
        (settings(&statement), sets_unclearly(&statement))
    }

    #[test]
    fn tells_what_is_set() {
        let cases: [(&str, &[&str]); 19] = [
            ("SET search_path = app, public", &["search_path"]),
            ("set session Work_Mem to '1MB'", &["work_mem"]),
            ("SET app.\"Tenant\" = 'x'", &["app.tenant"]),
            ("RESET search_path", &["search_path"]),
            ("RESET ALL", &["all"]),
            ("SET ROLE a", &["role"]),
            ("RESET ROLE", &["role"]),
            ("SET SESSION AUTHORIZATION a", &["session_authorization"]),
            ("SET TIME ZONE 'UTC'", &["timezone"]),
            ("SET SCHEMA 'app'", &["search_path"]),
            ("SET NAMES 'UTF8'", &["client_encoding"]),
            ("SELECT set_config('search_path', '', false)", &["search_path"]),
            ("SELECT pg_catalog.set_config('a.b', 'c', false) AS x", &["a.b"]),
            ("SELECT set_config('a', 'b', false), set_config('c', 'd', false)", &["a", "c"]),
            ("SET LOCAL a = 1", &[]),
            ("SET TRANSACTION READ ONLY", &[]),
            ("SET CONSTRAINTS ALL DEFERRED", &[]),
            ("SELECT 1", &[]),
            ("UPDATE t SET a = 1", &[]),
        ];
        for (text, expected) in cases {
            let expected: Vec<_> = expected.iter().map(ToString::to_string).collect();
            assert_eq!(of(text), (expected, false), "{text}");
        }
    }

    #[test]
    fn finds_what_is_set_unclearly() {
        for text in [
            "SELECT set_config('a', (SELECT 'b'), false)",
            "SELECT set_config('a', 'b' || 'c', false)",
            "SELECT set_config('a', 'b', false), f()",
            "INSERT INTO t SELECT set_config('a', 'b', false)",
        ] {
            assert_eq!(of(text), (Vec::new(), true), "{text}");
        }
    }

    #[test]
    fn tells_what_is_replaced() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let cases: [(&[&str], &[&str], bool); 7] = [
            (&["a"], &["a"], true),
            (&["a"], &["b"], false),
            (&["a"], &["a", "b"], false),
            (&["all"], &["a", "b"], true),
            (&["all"], &["role"], false),
            (&["all"], &["session_authorization"], false),
            (&["role"], &["role"], true),
        ];
        for (later, earlier, expected) in cases {
            assert_eq!(replaces(&names(later), &names(earlier)), expected, "{later:?} {earlier:?}");
        }
    }
}
