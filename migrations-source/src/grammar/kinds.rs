use rupg_sql::{character, keyword, token as grammar};

use crate::lexer::{Kind, Token};
use crate::statements::Statement;

/// The grammar's numbers of a statement's tokens, where it is certain that its own lexer, too, takes
/// them for these. Nothing else of a text counts for whether the grammar accepts it.
pub(super) fn kinds(statement: &Statement<'_, '_>) -> Option<Vec<u16>> {
    let mut kinds = Vec::with_capacity(statement.tokens.len() + 1);
    let mut previous = None;
    for token in statement.tokens {
        if !token.is_blank() {
            let kind = kind(token).filter(|_| !is_junk(previous, token))?;
            look_back(&mut kinds, kind);
            kinds.push(kind);
        }
        previous = Some(token);
    }
    if statement.range_with_semicolon() != statement.range() {
        kinds.push(character(b';')?);
    }
    Some(kinds)
}

fn kind(token: &Token<'_>) -> Option<u16> {
    match token.kind {
        Kind::Word => Some(keyword(token.text).map_or(grammar::IDENT, |keyword| keyword.token)),
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
    match has_dot {
        true => Some(grammar::FCONST),
        // Ten digits may be too many for an integer.
        false => (number.len() < 10).then_some(grammar::ICONST),
    }
}

/// Whether a token stands right behind a number with which it would make junk.
fn is_junk(previous: Option<&Token<'_>>, token: &Token<'_>) -> bool {
    token.kind == Kind::Word && previous.is_some_and(|previous| previous.kind == Kind::Number)
}

/// Where the grammar would have to look at two tokens, the first one has another number: `base_yylex`
/// in PostgreSQL's `src/backend/parser/parser.c`.
fn look_back(kinds: &mut [u16], next: u16) {
    use grammar::{
        BETWEEN, FIRST_P, FORMAT, FORMAT_LA, ILIKE, IN_P, JSON, LAST_P, LIKE, NOT, NOT_LA,
        NULLS_LA, NULLS_P, ORDINALITY, SIMILAR, TIME, WITH, WITH_LA, WITHOUT, WITHOUT_LA,
    };
    let Some(last) = kinds.last_mut() else { return };
    *last = match (*last, next) {
        (NOT, BETWEEN | ILIKE | IN_P | LIKE | SIMILAR) => NOT_LA,
        (NULLS_P, FIRST_P | LAST_P) => NULLS_LA,
        (WITH, TIME | ORDINALITY) => WITH_LA,
        (WITHOUT, TIME) => WITHOUT_LA,
        (FORMAT, JSON) => FORMAT_LA,
        (last, _) => last,
    };
}
