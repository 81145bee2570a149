use rupg_sql::{character, keyword, token as grammar};

use crate::lexer::{Kind, Token};
use crate::statements::Statement;

/// The grammar's numbers of a statement's tokens, where it is certain that its own lexer, too, takes
/// them for these. Nothing else of a text counts for whether the grammar accepts it.
pub(super) fn kinds(statement: &Statement<'_, '_>) -> Option<Vec<u16>> {
    let mut kinds = Vec::with_capacity(statement.tokens.len() + 1);
    let mut is_behind_number = false;
    for token in statement.tokens {
        match token.kind {
            Kind::WhiteSpace | Kind::LineComment | Kind::BlockComment => {}
            // A number with a name right behind it is junk.
            Kind::Word if is_behind_number => return None,
            Kind::Word => push_word(&mut kinds, token.text),
            _ => kinds.push(kind(token)?),
        }
        is_behind_number = matches!(token.kind, Kind::Number);
    }
    if statement.range_with_semicolon() != statement.range() {
        kinds.push(character(b';')?);
    }
    Some(kinds)
}

fn push_word(kinds: &mut Vec<u16>, word: &str) {
    let kind = keyword(word).map_or(grammar::IDENT, |keyword| keyword.token);
    if let Some(last) = kinds.last_mut() {
        *last = before(*last, kind);
    }
    kinds.push(kind);
}

fn kind(token: &Token<'_>) -> Option<u16> {
    match token.kind {
        Kind::Punctuation | Kind::Operator => symbol(token.text.as_bytes()),
        Kind::Number => number(token.text.as_bytes()),
        // One with a prefix may hold wrong escapes.
        Kind::String => token.text.starts_with('\'').then_some(grammar::SCONST),
        Kind::DollarQuoted => Some(grammar::SCONST),
        // An empty one is refused, and again there may be a prefix.
        Kind::QuotedIdentifier => {
            (token.text.starts_with('"') && token.text.len() > 2).then_some(grammar::IDENT)
        }
        _ => None,
    }
}

fn symbol(symbol: &[u8]) -> Option<u16> {
    match symbol {
        [byte] => character(*byte).or(is_operator(*byte).then_some(grammar::OP)),
        b"::" => Some(grammar::TYPECAST),
        b":=" => Some(grammar::COLON_EQUALS),
        b".." => Some(grammar::DOT_DOT),
        b"=>" => Some(grammar::EQUALS_GREATER),
        b"<=" => Some(grammar::LESS_EQUALS),
        b">=" => Some(grammar::GREATER_EQUALS),
        b"<>" | b"!=" => Some(grammar::NOT_EQUALS),
        _ => (symbol.len() <= LONGEST_OPERATOR).then_some(grammar::OP),
    }
}

/// Those of one character that are not in the grammar by themselves: `operator` in `scan.l`.
fn is_operator(byte: u8) -> bool {
    matches!(byte, b'~' | b'!' | b'@' | b'#' | b'&' | b'|' | b'`' | b'?')
}

/// `NAMEDATALEN - 1`.
const LONGEST_OPERATOR: usize = 63;

/// Of numbers, the plain ones: digits that are sure to fit, or with a dot among them.
fn number(number: &[u8]) -> Option<u16> {
    let mut has_dot = false;
    for byte in number {
        match byte {
            b'0'..=b'9' => {}
            b'.' => has_dot = true,
            _ => return None,
        }
    }
    // Ten digits may be too many for an integer.
    let kind = if has_dot { grammar::FCONST } else { grammar::ICONST };
    (has_dot || number.len() < 10).then_some(kind)
}

/// Where the grammar would have to look at two tokens, the first one has another number: `base_yylex`
/// in PostgreSQL's `src/backend/parser/parser.c`.
fn before(last: u16, next: u16) -> u16 {
    use grammar::{
        BETWEEN, FIRST_P, FORMAT, FORMAT_LA, ILIKE, IN_P, JSON, LAST_P, LIKE, NOT, NOT_LA,
        NULLS_LA, NULLS_P, ORDINALITY, SIMILAR, TIME, WITH, WITH_LA, WITHOUT, WITHOUT_LA,
    };
    match (last, next) {
        (NOT, BETWEEN | ILIKE | IN_P | LIKE | SIMILAR) => NOT_LA,
        (NULLS_P, FIRST_P | LAST_P) => NULLS_LA,
        (WITH, TIME | ORDINALITY) => WITH_LA,
        (WITHOUT, TIME) => WITHOUT_LA,
        (FORMAT, JSON) => FORMAT_LA,
        _ => last,
    }
}

#[cfg(test)]
mod tests {
    use rupg_sql::Tokens;

    use crate::lexer::tokens;
    use crate::statements::statements;

    fn kinds(text: &str) -> Option<Vec<u16>> {
        let tokens: Vec<_> = tokens(text).collect();
        let statement = statements(&tokens).next()?;
        super::kinds(&statement)
    }

    fn kinds_of_the_grammar(text: &str) -> Vec<u16> {
        let mut tokens = Tokens::new(text);
        std::iter::from_fn(|| tokens.next_token().ok().map(|token| token.kind))
            .take_while(|kind| *kind != 0)
            .collect()
    }

    #[test]
    fn are_those_of_the_grammar() {
        for text in [
            "INSERT INTO t (a, \"B\") VALUES (1, 'it''s', -2.5, .5, 123456789) /* c */ ;",
            "SELECT a <> b, a != b, a <= b, a >= b, f(x => 1), a::int, a[1:2], a @> b, a | b, ~ a, a ^ b",
            "SELECT NOT a, a NOT IN (1), a NOT BETWEEN 1 AND 2, a not like b, a NOT ILIKE b, \
             a NOT SIMILAR TO b",
            "SELECT 1 ORDER BY a NULLS FIRST, b NULLS /* c */ LAST, nulls",
            "CREATE TABLE t (a timestamp WITH TIME ZONE, b time WITHOUT TIME ZONE) WITH (c = 1)",
            "SELECT * FROM f() WITH ORDINALITY",
            "SELECT json_serialize(a FORMAT JSON), format",
            "DO $x$ a ; b $$ $x$;",
            "SELECT 'a'\n 'b', größe, % ?",
        ] {
            assert_eq!(kinds(text), Some(kinds_of_the_grammar(text)), "{text}");
        }
    }

    #[test]
    fn what_may_be_wrong_within_a_token_is_left_to_the_grammar() {
        let operator = format!("SELECT a {} b", "@".repeat(64));
        for text in [
            "SELECT 1a",
            "SELECT 1.5a",
            "SELECT 1_000",
            "SELECT 0x1F",
            "SELECT 1e5",
            "SELECT 1234567890",
            "SELECT $1",
            "SELECT \"\"",
            "SELECT U&\"\\x\"",
            "SELECT E'\\u1'",
            "SELECT U&'\\x'",
            "SELECT B'2'",
            "SELECT N'a'",
            "SELECT 'a",
            &operator,
        ] {
            assert_eq!(kinds(text), None, "{text}");
        }
    }
}
