use std::borrow::Cow;

use crate::lexer::{Kind, Token, tokens};

/// Whether a text may set a custom setting (one with a dot in its name, such as `app.tenant`).
///
/// PostgreSQL lists all other settings in `pg_settings`, from where they can be restored; of these
/// it tells only who knows the name. A session in which one was set is therefore not used again.
/// The answer errs on the side of yes, which costs a new connection: the words are judged wherever
/// they stand, in strings as well, because these may be bodies of functions or be executed.
pub(crate) fn may_be_set(tokens: &[Token<'_>]) -> bool {
    may_be_set_at(tokens.iter().copied(), 0)
}

/// Strings within strings are not followed for ever.
const DEEPEST: usize = 8;

fn may_be_set_at<'a>(mut tokens: impl Iterator<Item = Token<'a>> + Clone, depth: usize) -> bool {
    while let Some(token) = tokens.next() {
        let may_be_set = match token.kind {
            Kind::Word if matches!(token.text.as_bytes()[0] | 0x20, b'r' | b's') => {
                let rest = tokens.clone().filter(|token| !token.is_blank());
                sets(token, rest, depth > 0) || token.is("set_config")
            }
            Kind::QuotedIdentifier => token.text.trim_matches('"') == "set_config",
            Kind::String | Kind::DollarQuoted => {
                depth == DEEPEST
                    || holds_set(token.text.as_bytes()) && may_be_set_in(&body(token), depth + 1)
            }
            _ => false,
        };
        if may_be_set {
            return true;
        }
    }
    false
}

fn may_be_set_in(string: &str, depth: usize) -> bool {
    may_be_set_at(tokens(string), depth)
}

/// Whether the letters `set` stand in it, in either case: most strings are data, and to look for
/// three letters costs less than to lex them. Two of three bytes are passed over unseen.
fn holds_set(string: &[u8]) -> bool {
    let mut at = 2;
    while at < string.len() {
        at += match string[at] | 0x20 {
            b't' if string[at - 1] | 0x20 == b'e' && string[at - 2] | 0x20 == b's' => return true,
            b's' => 2,
            b'e' => 1,
            _ => 3,
        };
    }
    false
}

/// Whether it is `SET [SESSION | LOCAL]` or `RESET` with the name of a custom setting behind it.
///
/// `RESET ALL` takes away what the session had before.
fn sets<'a>(
    word: Token<'a>,
    mut rest: impl Iterator<Item = Token<'a>>,
    is_in_string: bool,
) -> bool {
    let is_set = word.is("SET");
    if !is_set && !word.is("RESET") {
        return false;
    }
    let [first, second, third] = [rest.next(), rest.next(), rest.next()];
    let first_is = |word| first.is_some_and(|token| token.is(word));
    is_custom(first, second, is_in_string)
        || (!is_set && first_is("ALL"))
        || (is_set
            && (first_is("SESSION") || first_is("LOCAL"))
            && is_custom(second, third, is_in_string))
}

/// Whether a custom setting is named. A string may be put together from parts, or by `format`.
fn is_custom(name: Option<Token<'_>>, next: Option<Token<'_>>, is_in_string: bool) -> bool {
    let Some(name) = name else { return is_in_string };
    let has_dot = next.is_some_and(|next| next.text == ".");
    match name.kind {
        Kind::Word => has_dot,
        Kind::QuotedIdentifier => has_dot || name.text.contains(['.', '\\']),
        Kind::Operator => is_in_string && name.is("%"),
        _ => false,
    }
}

/// What stands between the quotes. Doubled ones may stay, since they make pairs.
fn body(token: Token<'_>) -> Cow<'_, str> {
    let range = token.inside();
    let inside = &token.text[range.start - token.start..range.end - token.start];
    if token.text.starts_with(['e', 'E']) { without_escapes(inside) } else { inside.into() }
}

/// With a space for each escape.
fn without_escapes(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return text.into();
    }
    let mut chars = text.chars();
    let mut plain = String::with_capacity(text.len());
    while let Some(char) = chars.next() {
        let is_escape = char == '\\' && chars.next().is_some();
        plain.push(if is_escape { ' ' } else { char });
    }
    plain.into()
}

#[cfg(test)]
mod tests {
    use super::DEEPEST;
    use crate::lexer::tokens;

    fn may_be_set(text: &str) -> bool {
        super::may_be_set(&tokens(text).collect::<Vec<_>>())
    }

    #[test]
    fn tells_texts_that_set_custom_settings() {
        let yes = [
            "SET app.tenant = 1",
            "set\n  session \"App\".tenant TO 1",
            "SET LOCAL app.x = 1",
            "SET session.x = 1",
            "SET LOCAL local.x = 1",
            "SET/**/app.x = 1",
            "SET -- a\n SESSION /* b */ app /* c */ . -- d\n x = 1",
            "SET \"app.x\" = 1",
            "SET U&\"app\\002Ex\" = 1",
            "RESET app.x",
            "reset all",
            "SELECT set_config('app.x', '', false)",
            "SELECT \"pg_catalog\".\"set_config\"('app.x', '', false)",
            "DO $$ BEGIN PERFORM pg_catalog.SET_CONFIG('a.b', '1', false); END $$",
            "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'SET app.x = ''1'''",
            "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS E'\\nSET\\tapp.x = \\'1\\''",
            "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'SELECT 1;'\n'RESET ALL'",
            "DO $a$ BEGIN EXECUTE $b$ SET app.x = 1 $b$; END $a$",
            "DO $$ BEGIN EXECUTE 'SET app.x = 1'; END $$",
            "DO $$ BEGIN EXECUTE 'DO ''BEGIN EXECUTE ''''SET app.x = 1''''; END'''; END $$",
            "DO $$ BEGIN EXECUTE 'SET ' || name || ' = 1'; END $$",
            "DO $$ BEGIN EXECUTE format('SET LOCAL %I = 1', name); END $$",
            // Falsely, which is all right.
            "UPDATE t SET a.b = 1",
            "ALTER ROLE r SET app.x = 1",
            "CREATE FUNCTION f() RETURNS void SET app.x = 1 AS ''",
        ];
        for text in yes {
            assert!(may_be_set(text), "{text}");
        }
    }

    #[test]
    fn tells_texts_that_set_none() {
        let no = [
            "",
            "SET search_path = a, b",
            "SET search_path=app.x",
            "SET search_path = a.b; RESET search_path",
            "SET SESSION AUTHORIZATION a; SET LOCAL ROLE b; RESET SESSION AUTHORIZATION",
            "UPDATE t SET a = b.c",
            "UPDATE t SET n = t.n + 1",
            "ALTER TABLE t ALTER c SET NOT NULL; SELECT a.b FROM a",
            "CREATE TABLE offset_of (reset int, all_of int)",
            "SELECT 'set_configuration', preset.a FROM preset",
            "-- SET app.x = 1\nSELECT 1 /* set_config('app.x', '', false) */",
            "DO $$ BEGIN EXECUTE 'SET search_path = a.b'; END $$",
            "DO $$ BEGIN /* SET app.x = 1 */ PERFORM 1; END $$",
        ];
        for text in no {
            assert!(!may_be_set(text), "{text}");
        }
    }

    #[test]
    fn strings_within_strings_are_not_followed_for_ever() {
        let nested = |depth| {
            (0..depth).fold(String::from("preset"), |text, tag| format!("$t{tag}$ {text} $t{tag}$"))
        };
        assert!(!may_be_set(&nested(DEEPEST)));
        assert!(may_be_set(&nested(DEEPEST + 1)));
        assert!(may_be_set(&nested(10_000)));
    }
}
