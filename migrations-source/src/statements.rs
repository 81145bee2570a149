use std::mem;
use std::ops::Range;

use crate::lexer::{Kind, Token};

/// One statement: its tokens, of which the first and the last are neither white space nor comments.
#[derive(Clone, Copy)]
pub(crate) struct Statement<'t, 'a> {
    pub(crate) tokens: &'t [Token<'a>],
    /// Where it ends, with its semicolon if it has one.
    end: usize,
}

impl<'t, 'a> Statement<'t, 'a> {
    /// The one that has these tokens.
    pub(crate) fn of(tokens: &'t [Token<'a>]) -> Self {
        Self { tokens, end: tokens.last().map_or(0, Token::end) }
    }

    /// Where it stands in the text, in bytes, without its semicolon.
    pub(crate) fn range(&self) -> Range<usize> {
        let start = self.tokens.first().map_or(0, |token| token.start);
        start..self.tokens.last().map_or(start, Token::end)
    }

    /// As [`range`](Self::range), with its semicolon if it has one.
    pub(crate) fn range_with_semicolon(&self) -> Range<usize> {
        self.range().start..self.end
    }

    /// Its tokens without white space and comments.
    pub(crate) fn code(&self) -> impl Iterator<Item = &'t Token<'a>> + Clone + use<'t, 'a> {
        code(self.tokens)
    }
}

/// Parts a text at the semicolons that end statements, as PostgreSQL's grammar does. Between two
/// semicolons there may be none.
///
/// A semicolon within parentheses (`CREATE RULE`) or within the body of a function that is written
/// as `BEGIN ATOMIC … END` ends none; see `CREATE FUNCTION` in PostgreSQL's manual, and how psql
/// counts in `src/fe_utils/psqlscan.l`.
pub(crate) fn statements<'t, 'a>(tokens: &'t [Token<'a>]) -> Statements<'t, 'a> {
    Statements { rest: tokens }
}

/// Whether the token may stand before or between statements.
pub(crate) fn is_between(token: &Token<'_>) -> bool {
    let is_for_psql = matches!(token.kind, Kind::MetaCommand | Kind::CopyData);
    token.is_blank() || is_for_psql || token.text == ";"
}

/// See [`statements`].
pub(crate) struct Statements<'t, 'a> {
    rest: &'t [Token<'a>],
}

impl<'t, 'a> Iterator for Statements<'t, 'a> {
    type Item = Statement<'t, 'a>;

    fn next(&mut self) -> Option<Statement<'t, 'a>> {
        let start = self.rest.iter().position(|token| !is_between(token))?;
        let (tokens, rest) = self.rest[start..].split_at(length(&self.rest[start..]));
        self.rest = rest;
        // At the end of a statement there is its semicolon, or nothing.
        let end = rest.first().or(tokens.last()).map_or(0, Token::end);
        Some(Statement { tokens: without_trailing_blanks(tokens), end })
    }
}

fn code<'t, 'a>(
    tokens: &'t [Token<'a>],
) -> impl Iterator<Item = &'t Token<'a>> + Clone + use<'t, 'a> {
    tokens.iter().filter(|token| !token.is_blank())
}

fn without_trailing_blanks<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let last = tokens.iter().rposition(|token| !token.is_blank());
    &tokens[..last.map_or(0, |last| last + 1)]
}

/// How many tokens stand before the end of the statement that they begin with.
fn length(tokens: &[Token<'_>]) -> usize {
    let mut nesting = Nesting { is_routine: is_routine(tokens), ..Nesting::default() };
    tokens.iter().position(|token| nesting.ends_at(token)).unwrap_or(tokens.len())
}

/// Whether it is `CREATE [OR REPLACE] FUNCTION` or `PROCEDURE`.
fn is_routine(tokens: &[Token<'_>]) -> bool {
    let mut code = code(tokens).peekable();
    let mut take = |words: &[&str]| code.next_if(|token| token.is_one_of(words)).is_some();
    take(&["CREATE"]) && (!take(&["OR"]) || take(&["REPLACE"])) && take(&["FUNCTION", "PROCEDURE"])
}

/// What is open at a token of a statement.
#[derive(Default)]
struct Nesting<'a> {
    is_routine: bool,
    parentheses: usize,
    /// `BEGIN ATOMIC` and each `CASE` in it: all end with `END`.
    blocks: usize,
    /// Whether the token before has opened the outermost of them.
    has_opened: bool,
    /// Whether the token before is a `CASE` that may still turn out to be a name.
    may_be_case: bool,
    previous: &'a str,
}

impl<'a> Nesting<'a> {
    fn ends_at(&mut self, token: &Token<'a>) -> bool {
        if token.is_blank() {
            return false;
        }
        self.settle_case(token);
        match token.text {
            "(" => self.parentheses += 1,
            ")" => self.parentheses = self.parentheses.saturating_sub(1),
            ";" if self.parentheses == 0 => {
                // No expression reaches over a semicolon.
                self.blocks = self.blocks.min(1);
                self.previous = token.text;
                return self.blocks == 0;
            }
            _ if self.is_routine && self.parentheses == 0 => self.count_blocks(token),
            _ => {}
        }
        self.previous = token.text;
        false
    }

    fn count_blocks(&mut self, token: &Token<'_>) {
        let is_between_statements = self.previous == ";" || mem::take(&mut self.has_opened);
        if self.blocks == 0 {
            self.has_opened = token.is("ATOMIC") && self.previous_is("BEGIN");
            self.blocks = usize::from(self.has_opened);
        } else if self.previous_is("AS") || self.previous == "." {
            // A name, even if it is spelt `end`.
        } else if token.is("CASE") {
            self.may_be_case = true;
        } else if token.is("END") && (self.blocks > 1 || is_between_statements) {
            self.blocks -= 1;
        }
    }

    /// `SELECT 1 case` and `SELECT 1 end` are names of columns, too. An expression does not follow
    /// the first; the block's own `END` follows a semicolon.
    fn settle_case(&mut self, next: &Token<'_>) {
        if mem::take(&mut self.may_be_case) {
            let is_name =
                matches!(next.text, "," | ";" | ")") || next.is_one_of(&NOT_IN_EXPRESSIONS);
            self.blocks += usize::from(!is_name);
        }
    }

    fn previous_is(&self, word: &str) -> bool {
        self.previous.eq_ignore_ascii_case(word)
    }
}

/// Reserved words that may follow a column's name, and with which no expression begins.
const NOT_IN_EXPRESSIONS: [&str; 16] = [
    "EXCEPT",
    "FETCH",
    "FOR",
    "FROM",
    "GROUP",
    "HAVING",
    "INTERSECT",
    "INTO",
    "LIMIT",
    "OFFSET",
    "ON",
    "ORDER",
    "RETURNING",
    "UNION",
    "WHERE",
    "WINDOW",
];

#[cfg(test)]
mod tests {
    use super::statements;
    use crate::lexer::{Token, tokens};

    #[test]
    fn parts_at_the_semicolons_that_end_statements() {
        let cases: [(&str, &[&str]); 18] = [
            ("", &[]),
            (" ; /* a */ ; -- b", &[]),
            ("SELECT 1", &["SELECT 1"]),
            ("-- a\n SELECT 1 /* b */ ; -- c\n;; SELECT 2 -- d", &["SELECT 1", "SELECT 2"]),
            ("SELECT ';', $$;$$, \";\" /*;*/ --;\n; a", &["SELECT ';', $$;$$, \";\"", "a"]),
            ("-- a\rSELECT 1", &["SELECT 1"]),
            (
                "CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b); c",
                &["CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b)", "c"],
            ),
            ("a ) ; b", &["a )", "b"]),
            ("a ( ; b", &["a ( ; b"]),
            ("'a; b", &["'a; b"]),
            ("BEGIN; a; END; b", &["BEGIN", "a", "END", "b"]),
            ("BEGIN ATOMIC; a", &["BEGIN ATOMIC", "a"]),
            ("CREATE FUNCTION begin() AS $$a;$$; b", &["CREATE FUNCTION begin() AS $$a;$$", "b"]),
            (
                "CREATE FUNCTION f(begin int) AS 'a'; b",
                &["CREATE FUNCTION f(begin int) AS 'a'", "b"],
            ),
            ("\u{a0}; b", &["\u{a0}", "b"]),
            ("\\restrict x\na; \\set b\n\\. \nc; d", &["a", "c", "d"]),
            ("a \\gset ; b\nc; d", &["a \\gset ; b\nc", "d"]),
            ("COPY t FROM STDIN; a;\n1;2\n\\.\nb; c", &["COPY t FROM STDIN", "a", "b", "c"]),
        ];
        for (text, expected) in cases {
            assert_eq!(split(text), expected, "{text:?}");
        }
    }

    #[test]
    fn keeps_bodies_of_functions_whole() {
        let bodies = [
            "BEGIN ATOMIC SELECT 1; SELECT 2; END",
            "begin /* a */ atomic SELECT CASE WHEN a THEN 1 ELSE case 2 when 2 then 3 end END; END",
            "BEGIN ATOMIC END",
            "BEGIN ATOMIC SELECT (CASE WHEN a THEN 1 END); SELECT 2; END",
            "BEGIN ATOMIC SELECT 1 AS end; SELECT t.end, 2 AS case FROM t; END",
            "BEGIN ATOMIC SELECT 1 end; SELECT 2 end FROM t; END",
            "BEGIN ATOMIC SELECT 1 case; SELECT 2 case, 3 case FROM t; SELECT 4 case WHERE a; END",
            "BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END end, CASE a WHEN 1 THEN 2 END case; END",
            "BEGIN ATOMIC INSERT INTO t SELECT 1 case ON CONFLICT DO NOTHING; END",
            "BEGIN ATOMIC SELECT 1 case anything; SELECT 2; END",
            "BEGIN ATOMIC SELECT 1; SELECT atomic end FROM t; SELECT (1) end; SELECT 2; END",
            "BEGIN ATOMIC SELECT (SELECT 1 case); SELECT 2; END",
            "BEGIN ATOMIC RETURN CASE -1 WHEN a THEN 1 ELSE CASE WHEN b THEN 2 END END; END",
        ];
        for head in ["CREATE FUNCTION f()", "create or /**/ replace procedure p(case_ int)"] {
            for body in bodies {
                let routine = format!("{head} LANGUAGE sql {body}");
                let text = format!("{routine}; COMMIT;");
                assert_eq!(split(&text), [routine.as_str(), "COMMIT"], "{text}");
            }
        }
    }

    fn split(text: &str) -> Vec<&str> {
        let tokens: Vec<Token<'_>> = tokens(text).collect();
        statements(&tokens).map(|statement| &text[statement.range()]).collect()
    }
}
