use std::ops::Range;

use crate::lexer::{Kind, Token, reads_from_client};
use crate::pattern::{begins, options};
use crate::script::Script;
use crate::statements::Statement;

/// Where the data of a `COPY … FROM STDIN` stand: the lines behind its own, up to the line `\.`, as
/// psql reads them ("COPY" in PostgreSQL's manual).
pub(crate) struct CopyData {
    /// Without that line.
    pub(crate) range: Range<usize>,
    /// Behind that line's two characters.
    pub(crate) end: usize,
}

/// Why there is nothing that could be sent as data.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The file ends behind the statement.
    NoData,
    /// There is no line `\.`.
    NoEnd,
    /// This stands between the statement and its data.
    Between(Range<usize>),
    /// The data would have to be bytes that are no text.
    Binary,
}

/// The data of a statement, if it is a `COPY … FROM STDIN`.
pub(crate) fn data(
    script: &Script<'_>,
    statement: &Statement<'_, '_>,
) -> Option<Result<CopyData, Trouble>> {
    reads_from_client(statement.code()).then(|| {
        if is_binary(statement) { Err(Trouble::Binary) } else { behind(script, statement) }
    })
}

fn behind(script: &Script<'_>, copy: &Statement<'_, '_>) -> Result<CopyData, Trouble> {
    let end = copy.range_with_semicolon().end;
    let behind = &script.tokens[script.tokens.partition_point(|token| token.start < end)..];
    let is_data = |token: &Token<'_>| token.kind == Kind::CopyData;
    let at = behind.iter().position(is_data).ok_or(Trouble::NoData)?;
    let is_code = |token: &&Token<'_>| !token.is_blank() && token.text != ";";
    let mut code = behind[..at].iter().filter(is_code);
    if let Some(first) = code.next() {
        return Err(Trouble::Between(first.start..code.next_back().unwrap_or(first).end()));
    }
    let data = &behind[at];
    let lines = data.text.strip_suffix("\\.").filter(|it| it.is_empty() || it.ends_with('\n'));
    let length = lines.ok_or(Trouble::NoEnd)?.len();
    Ok(CopyData { range: data.start..data.start + length, end: data.end() })
}

/// By the option of today, or by the words of before 9.0 and 7.3: "COPY", "Compatibility".
fn is_binary(copy: &Statement<'_, '_>) -> bool {
    let is_stdin = |token: &Token<'_>| token.is_one_of(&["STDIN", "STDOUT"]);
    let at = copy.tokens.iter().rposition(is_stdin).unwrap_or_default();
    let behind = Statement::of(&copy.tokens[at..]);
    let has_option = begins(&behind, "STDIN|STDOUT [WITH] (…)")
        && options(&behind).iter().any(|(name, value)| {
            let value = value.unwrap_or_default().trim_matches(['\'', '"']);
            name.eq_ignore_ascii_case("FORMAT") && value.eq_ignore_ascii_case("binary")
        });
    let mut words = behind.code().take_while(|token| !token.is("WHERE") && token.text != "(");
    has_option || begins(copy, "COPY BINARY") || words.any(|word| word.is("BINARY"))
}

#[cfg(test)]
mod tests {
    use super::Trouble::{Between, Binary, NoData, NoEnd};
    use super::{Trouble, data};
    use crate::lexer::tokens;
    use crate::script::Script;

    /// The data of the first statement.
    fn data_of(text: &str) -> Option<Result<&str, Trouble>> {
        let tokens: Vec<_> = tokens(text).collect();
        let script = Script::new(text, &tokens).0;
        data(&script, &script.statements[0]).map(|data| data.map(|data| &text[data.range]))
    }

    #[test]
    fn data_are_the_lines_up_to_the_end() {
        let cases = [
            ("COPY t FROM STDIN;\n1\n2\n\\.\nSELECT 1", "1\n2\n"),
            ("copy t (a) from stdin with csv; -- c\r\n\"1;\"\r\n\\.\r\n", "\"1;\"\r\n"),
            ("COPY t FROM STDIN (FORMAT text) ; ;/* c */\n\\.", ""),
            ("COPY t FROM STDOUT WHERE (format = 'binary');\n\\.x\n \\.\n\\.", "\\.x\n \\.\n"),
        ];
        for (text, expected) in cases {
            assert_eq!(data_of(text), Some(Ok(expected)), "{text:?}");
        }
    }

    #[test]
    fn some_have_none_that_could_be_sent() {
        let cases = [
            ("COPY t FROM STDIN", NoData),
            ("COPY t FROM STDIN;", NoData),
            ("COPY t FROM STDIN; SELECT 1;\n", NoData),
            ("COPY t FROM STDIN\n1\n\\.\n", NoData),
            ("COPY t FROM STDIN;\n1\n", NoEnd),
            ("COPY t FROM STDIN;\n1\nx\\.", NoEnd),
            ("COPY t FROM STDIN; SELECT 1 ; /* c */\n1\n\\.\n", Between(19..27)),
            ("COPY t FROM STDIN; SELECT\n1\n\\.\n1", Between(19..25)),
            ("COPY t FROM STDIN; /* c\n*/\n\\.\n", Between(19..24)),
            ("COPY t FROM STDIN; \\restrict a\n\\.\n", Between(19..30)),
            ("COPY BINARY t FROM STDIN;\n\\.\n", Binary),
            ("COPY t FROM STDIN BINARY;\n\\.\n", Binary),
            ("COPY t FROM STDIN WITH DELIMITER ',' BINARY;\n\\.\n", Binary),
            ("COPY t (a) FROM STDIN (FREEZE, FORMAT 'binary');\n\\.\n", Binary),
            ("COPY stdin FROM stdin WITH (format Binary);\n\\.\n", Binary),
        ];
        for (text, expected) in cases {
            assert_eq!(data_of(text), Some(Err(expected)), "{text:?}");
        }
    }

    #[test]
    fn others_are_none() {
        assert_eq!(data_of("COPY t TO STDOUT;\n1\n\\.\n"), None);
        assert_eq!(data_of("COPY t FROM 'stdin'"), None);
    }
}
