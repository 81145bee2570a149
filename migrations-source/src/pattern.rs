//! What statements begin with.

use std::iter::Peekable;

use crate::lexer::{Kind, Token};
use crate::statements::Statement;

/// Whether a statement begins like this.
///
/// A pattern's elements are parted by spaces: `WORD`, `ONE|OTHER`, `<name>` (also with a schema),
/// `(…)` (something in parentheses), `*`, `.`, `$` (the end), and any of these in `[` and `]`, if it
/// may be absent.
pub(crate) fn begins(statement: &Statement<'_, '_>, pattern: &str) -> bool {
    names(statement, pattern).is_some()
}

/// The tokens of each `<name>`, if a statement [`begins`] like this.
pub(crate) fn names<'t, 'a>(
    statement: &Statement<'t, 'a>,
    pattern: &str,
) -> Option<Vec<Vec<&'t Token<'a>>>> {
    let mut code = statement.code().peekable();
    let mut names = Vec::new();
    pattern.split(' ').all(|element| take(&mut code, element, &mut names)).then_some(names)
}

fn take<'t, 'a: 't>(
    code: &mut Peekable<impl Iterator<Item = &'t Token<'a>>>,
    element: &str,
    names: &mut Vec<Vec<&'t Token<'a>>>,
) -> bool {
    match element.as_bytes() {
        [b'[', .., b']'] => {
            take(code, &element[1..element.len() - 1], names);
            true
        }
        [b'$'] => code.peek().is_none(),
        [b'*' | b'.'] => code.next_if(|token| token.text == element).is_some(),
        [b'<', ..] => take_name(code).map(|name| names.push(name)).is_some(),
        [b'(', ..] => take_parentheses(code),
        _ => code.next_if(|token| is_one_of(token, element)).is_some(),
    }
}

fn is_one_of(token: &Token<'_>, words: &str) -> bool {
    token.kind == Kind::Word && words.split('|').any(|word| token.is(word))
}

fn take_name<'t, 'a: 't>(
    code: &mut Peekable<impl Iterator<Item = &'t Token<'a>>>,
) -> Option<Vec<&'t Token<'a>>> {
    let is_identifier =
        |token: &&Token<'_>| matches!(token.kind, Kind::Word | Kind::QuotedIdentifier);
    let mut name = Vec::new();
    loop {
        name.push(code.next_if(is_identifier)?);
        let Some(dot) = code.next_if(|token| token.text == ".") else { return Some(name) };
        name.push(dot);
    }
}

fn take_parentheses<'t, 'a: 't>(code: &mut Peekable<impl Iterator<Item = &'t Token<'a>>>) -> bool {
    if code.peek().is_none_or(|token| token.text != "(") {
        return false;
    }
    let mut depth = 0_usize;
    for token in code {
        match token.text {
            "(" => depth += 1,
            ")" if depth == 1 => return true,
            ")" => depth -= 1,
            _ => {}
        }
    }
    false
}

/// The options that stand in the first parentheses behind `word`, or of the statement: each name,
/// and its value if it has one, as they are written.
pub(crate) fn options<'a>(statement: &Statement<'_, 'a>) -> Vec<(&'a str, Option<&'a str>)> {
    let inside = statement.code().skip_while(|token| token.text != "(").skip(1);
    let inside: Vec<_> = inside.take_while(|token| token.text != ")").collect();
    let option = |tokens: &[&Token<'a>]| {
        let mut tokens = tokens.iter().filter(|token| token.text != "=");
        let name = tokens.next()?.text.trim_matches('"');
        Some((name, tokens.next().map(|token| token.text)))
    };
    inside.split(|token| token.text == ",").filter_map(option).collect()
}

/// Whether a value of an option switches it off: `defGetBoolean` in PostgreSQL's
/// `src/backend/commands/define.c`.
pub(crate) fn is_off(value: Option<&str>) -> bool {
    let is = |word| value.is_some_and(|value| value.trim_matches('\'').eq_ignore_ascii_case(word));
    is("false") || is("off") || is("0")
}

#[cfg(test)]
mod tests {
    use super::{begins, options};
    use crate::lexer::tokens;
    use crate::statements::statements;

    #[test]
    fn tells_what_statements_begin_with() {
        let cases = [
            (
                "create /* a */ unique\nindex concurrently",
                "CREATE [UNIQUE] INDEX CONCURRENTLY",
                true,
            ),
            ("CREATE INDEX CONCURRENTLY i", "CREATE [UNIQUE] INDEX CONCURRENTLY", true),
            ("CREATE INDEX \"CONCURRENTLY\"", "CREATE [UNIQUE] INDEX CONCURRENTLY", false),
            ("CREATE INDEX", "CREATE [UNIQUE] INDEX CONCURRENTLY", false),
            (
                "ALTER TABLE ONLY a.\"b\" .c DETACH",
                "ALTER TABLE [IF] [EXISTS] [ONLY] <name> DETACH",
                true,
            ),
            (
                "ALTER TABLE IF EXISTS a DETACH",
                "ALTER TABLE [IF] [EXISTS] [ONLY] <name> DETACH",
                true,
            ),
            ("ALTER TABLE a. DETACH", "ALTER TABLE <name> DETACH", false),
            ("REINDEX (VERBOSE, a (b)) SYSTEM", "REINDEX [(…)] DATABASE|SYSTEM", true),
            ("REINDEX SYSTEM", "REINDEX [(…)] DATABASE|SYSTEM", true),
            ("REINDEX (SYSTEM", "REINDEX [(…)] DATABASE|SYSTEM", false),
            ("CLUSTER", "CLUSTER $", true),
            ("CLUSTER t", "CLUSTER $", false),
        ];
        for (text, pattern, expected) in cases {
            let tokens: Vec<_> = tokens(text).collect();
            let statement = statements(&tokens).next().unwrap();
            assert_eq!(begins(&statement, pattern), expected, "{text} {pattern}");
        }
    }

    #[test]
    fn reads_options() {
        let text = "REINDEX (VERBOSE, concurrently = off, \"a\" 'b') TABLE t (c)";
        let tokens: Vec<_> = tokens(text).collect();
        let statement = statements(&tokens).next().unwrap();
        let expected = [("VERBOSE", None), ("concurrently", Some("off")), ("a", Some("'b'"))];
        assert_eq!(options(&statement), expected);
    }
}
