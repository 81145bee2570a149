use std::ops::Range;

use crate::copy;
use crate::lexer::{Kind, Token};
use crate::script::Script;
use crate::statements::Statement;

/// A part of a text, as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its SQL, in bytes: one or more statements; a `COPY … FROM STDIN` alone, without its semicolon.
    pub sql: Range<usize>,
    /// The data of that `COPY`, without the line that ends them.
    pub data: Option<Range<usize>>,
}

/// The parts of a text: none, where it is sent as a whole.
pub(crate) fn parts(script: &Script<'_>) -> Vec<Part> {
    let mut cuts: Vec<_> = script.statements.iter().filter_map(|it| copy(script, it)).collect();
    let left_out = script.tokens.iter().filter(|token| is_left_out(script, token));
    cuts.extend(left_out.map(|token| Cut { range: token.range(), copy: None }));
    cuts.sort_by_key(|cut| cut.range.start);
    let mut parts = Vec::new();
    let mut start = 0;
    for Cut { range, copy } in &cuts {
        parts.extend(text(script, start..range.start));
        parts.extend(copy.clone());
        start = range.end;
    }
    let rest = (!cuts.is_empty()).then(|| text(script, start..script.text.len()));
    parts.extend(rest.flatten());
    parts
}

/// Whether it is a command of psql that is not sent, and not missed: `pg_dump` writes it to protect
/// psql. Within a statement it is refused.
pub(crate) fn is_left_out(script: &Script<'_>, token: &Token<'_>) -> bool {
    let name = || token.text.split_whitespace().next();
    matches!(token.kind, Kind::MetaCommand)
        && matches!(name(), Some(r"\restrict" | r"\unrestrict"))
        && !is_inside(&script.statements, token.start)
}

fn is_inside(statements: &[Statement<'_, '_>], at: usize) -> bool {
    let index = statements.partition_point(|statement| statement.range().end <= at);
    statements.get(index).is_some_and(|statement| statement.range().start <= at)
}

/// What is taken out of a text, and what is sent in its place.
struct Cut {
    range: Range<usize>,
    copy: Option<Part>,
}

fn copy(script: &Script<'_>, statement: &Statement<'_, '_>) -> Option<Cut> {
    let data = copy::data(script, statement)?.ok()?;
    let sql = statement.range();
    Some(Cut { range: sql.start..data.end, copy: Some(Part { sql, data: Some(data.range) }) })
}

/// A part without data, if there is a statement in it.
fn text(script: &Script<'_>, sql: Range<usize>) -> Option<Part> {
    let next = script.statements.partition_point(|statement| statement.range().start < sql.start);
    let has_statement = script.statements.get(next)?.range().start < sql.end;
    has_statement.then_some(Part { sql, data: None })
}

#[cfg(test)]
mod tests {
    use super::parts;
    use crate::lexer::tokens;
    use crate::script::Script;

    /// The SQL of a part, and its data.
    type Sent<'a> = (&'a str, Option<&'a str>);

    fn parts_of(text: &str) -> Vec<Sent<'_>> {
        let tokens: Vec<_> = tokens(text).collect();
        let parts = parts(&Script::new(text, &tokens).0);
        parts.into_iter().map(|it| (&text[it.sql], it.data.map(|data| &text[data]))).collect()
    }

    #[test]
    fn most_texts_have_none() {
        for text in ["", "SELECT 1; SELECT 2", "COPY t FROM '/x'; -- \\restrict", "SELECT 1 \\gset"]
        {
            assert_eq!(parts_of(text), [], "{text:?}");
        }
    }

    #[test]
    fn a_copy_is_a_part_with_its_data() {
        let copy = "COPY t FROM STDIN";
        let cases: [(&str, &[Sent<'_>]); 7] = [
            ("COPY t FROM STDIN;\n1\n\\.\n", &[(copy, Some("1\n"))]),
            (
                "-- a\nSELECT 1; /* b */\nCOPY t FROM STDIN; -- c\n1;'\n$$\n\\.\nSELECT 2; -- d\n",
                &[
                    ("-- a\nSELECT 1; /* b */\n", None),
                    (copy, Some("1;'\n$$\n")),
                    ("\nSELECT 2; -- d\n", None),
                ],
            ),
            (
                "SELECT 1;\r\nCOPY t FROM STDIN;\r\n1\r\n\\.\r\nSELECT 2",
                &[("SELECT 1;\r\n", None), (copy, Some("1\r\n")), ("\r\nSELECT 2", None)],
            ),
            (
                "COPY t FROM STDIN;\n1\n\\.\n\n-- a\nCOPY u FROM STDIN;\n\\.\n",
                &[(copy, Some("1\n")), ("COPY u FROM STDIN", Some(""))],
            ),
            ("SELECT 1; COPY t FROM STDIN;\n\\.", &[("SELECT 1; ", None), (copy, Some(""))]),
            (
                "é; COPY t FROM STDIN;\né\n\\.\né",
                &[("é; ", None), (copy, Some("é\n")), ("\né", None)],
            ),
            (";;COPY t FROM STDIN;;\n\\.\n;; -- a", &[(copy, Some(""))]),
        ];
        for (text, expected) in cases {
            assert_eq!(parts_of(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_psql_is_protected_by_is_left_out() {
        let cases: [(&str, &[Sent<'_>]); 5] = [
            (
                "-- a\n\\restrict x\n\nSELECT 1;\n-- b\n\\unrestrict x\n",
                &[("\n\nSELECT 1;\n-- b\n", None)],
            ),
            ("\\restrict x\r\nSELECT 1", &[("\r\nSELECT 1", None)]),
            ("a; \\restrict x\nb", &[("a; ", None), ("\nb", None)]),
            ("\\restrict x\n", &[]),
            (
                "\\restrict x\nCOPY t FROM STDIN;\n\\restrict\n\\.\n\\unrestrict x",
                &[("COPY t FROM STDIN", Some("\\restrict\n"))],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parts_of(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_refused_stays() {
        for text in [
            "SELECT 1 \\restrict x\n",
            "SELECT 1;\n\\set x",
            "COPY t FROM STDIN;\n1\n",
            "COPY t FROM STDIN; SELECT 1;\n1\n\\.",
        ] {
            assert_eq!(parts_of(text), [], "{text:?}");
        }
    }
}
