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
    /// Which of them begin statements.
    beginnings: Vec<usize>,
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
        let code: Vec<_> = tokens(text).filter(|token| !token.is_blank()).collect();
        Some(Self { start: inside.start, text, beginnings: beginnings(&code), code })
    }

    /// Where the token of this number stands in the file.
    pub(crate) fn range(&self, at: usize) -> Range<usize> {
        let range = self.code[at].range();
        self.start + range.start..self.start + range.end
    }

    /// Its statements: the number of each one's first token, and the tokens up to the next semicolon.
    pub(crate) fn statements(&self) -> impl Iterator<Item = (usize, &[Token<'a>])> {
        self.beginnings.iter().map(|at| {
            let rest = &self.code[*at..];
            let length = rest.iter().position(|token| token.text == ";").unwrap_or(rest.len());
            (*at, &rest[..length])
        })
    }

    /// Its statements that commit or roll back: the number of each one's token, and the command.
    pub(crate) fn commits(&self) -> impl Iterator<Item = (usize, &'static str)> {
        self.statements().filter_map(|(at, statement)| {
            let is_alone = statement.get(1).is_none_or(|next| next.is("AND"));
            let mut commands = ["COMMIT", "ROLLBACK"].into_iter();
            let command = commands.find(|command| statement[0].is(command)).filter(|_| is_alone);
            command.map(|command| (at, command))
        })
    }
}

/// Where statements begin: "Structure of PL/pgSQL" (43.2) in PostgreSQL's manual. None do where
/// variables are declared, or in an expression with `CASE`.
fn beginnings(code: &[Token<'_>]) -> Vec<usize> {
    let (mut beginnings, mut is_declaring, mut cases) = (Vec::new(), false, 0_usize);
    for (at, token) in code.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| &code[before]);
        if token.text == ";" {
            cases = 0;
        }
        let begins = !is_declaring && cases == 0 && before.is_none_or(is_before_statement);
        if begins && token.is("DECLARE") {
            is_declaring = true;
        } else if is_declaring {
            is_declaring = !token.is("BEGIN");
        } else if begins && token.text != ";" {
            beginnings.push(at);
        } else if token.is("CASE") && before.is_some_and(|before| !before.is("END")) {
            cases += 1;
        } else if token.is("END") {
            cases = cases.saturating_sub(1);
        }
    }
    beginnings
}

fn is_before_statement(token: &Token<'_>) -> bool {
    token.is_one_of(&[";", ">>", "BEGIN", "ELSE", "LOOP", "THEN"])
}

fn language<'t, 'a: 't>(code: impl Iterator<Item = &'t Token<'a>>) -> Option<&'a str> {
    let name = code.skip_while(|token| !token.is("LANGUAGE")).nth(1)?;
    Some(name.text.trim_matches(['"', '\'']))
}
