use std::ops::Range;

use crate::lexer::{Kind, Token, tokens};
use crate::statements::Statement;

/// The body of a `DO` block in PL/pgSQL.
pub(crate) struct Block<'a> {
    /// Where it begins in the file.
    start: usize,
    pub(crate) text: &'a str,
    /// Its tokens without white space and comments.
    pub(crate) code: Vec<Token<'a>>,
}

impl<'a> Block<'a> {
    /// The block that a statement of `text` is, if it is one.
    pub(crate) fn of(text: &'a str, statement: &Statement<'_, '_>) -> Option<Self> {
        let mut code = statement.code();
        code.next().filter(|token| token.is("DO"))?;
        if language(code.clone()).is_some_and(|language| !language.eq_ignore_ascii_case("plpgsql"))
        {
            return None;
        }
        let body = code.find(|token| matches!(token.kind, Kind::String | Kind::DollarQuoted))?;
        // What is quoted twice stays so: two quotes are a string without a character.
        let inside = body.inside();
        let text = &text[inside.clone()];
        let code = tokens(text).filter(|token| !token.is_blank()).collect();
        Some(Self { start: inside.start, text, code })
    }

    /// Where the token of this number stands in the file.
    pub(crate) fn range(&self, at: usize) -> Range<usize> {
        let range = self.code[at].range();
        self.start + range.start..self.start + range.end
    }

    /// Whether a statement begins with the token of this number.
    pub(crate) fn begins_statement(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1).map(|before| &self.code[before]) else { return true };
        before.text == ";"
            || before.text == ">>"
            || ["BEGIN", "THEN", "ELSE", "LOOP"].iter().any(|word| before.is(word))
    }
}

fn language<'t, 'a: 't>(code: impl Iterator<Item = &'t Token<'a>>) -> Option<&'a str> {
    let name = code.skip_while(|token| !token.is("LANGUAGE")).nth(1)?;
    Some(name.text.trim_matches(['"', '\'']))
}
