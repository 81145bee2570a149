use crate::lexer::{Kind, Token};
use crate::statements::is_between;

/// The directives of a text, and where their comments begin: each `-- migrations: …` before the
/// first statement.
pub(crate) fn directives<'t, 'a>(
    tokens: &'t [Token<'a>],
) -> impl Iterator<Item = (usize, &'a str)> + use<'t, 'a> {
    let before_statements = tokens.iter().take_while(|token| is_between(token));
    before_statements.filter_map(|token| Some((token.start, directive(token)?)))
}

fn directive<'a>(token: &Token<'a>) -> Option<&'a str> {
    let comment = token.text.strip_prefix("--").filter(|_| token.kind == Kind::LineComment)?;
    comment.trim().strip_prefix("migrations:").map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::directives;
    use crate::lexer::{Token, tokens};

    #[test]
    fn finds_all_directives_before_the_first_statement() {
        let cases: [(&str, &[(usize, &str)]); 9] = [
            ("-- migrations: no-transaction\nSELECT 1", &[(0, "no-transaction")]),
            ("-- migrations: a\r\n/* b */ ;\n --migrations:c", &[(0, "a"), (29, "c")]),
            ("-- migrations: a\r-- migrations: b\rSELECT 1", &[(0, "a"), (17, "b")]),
            ("-- migrations:", &[(0, "")]),
            ("-- about migrations: none", &[]),
            ("SELECT 1; -- migrations: x", &[]),
            ("-- a\rSELECT 1\n-- migrations: x", &[]),
            ("/* migrations: x */ SELECT 1", &[]),
            ("/*\n-- migrations: x\n*/ SELECT 1", &[]),
        ];
        for (text, expected) in cases {
            let tokens: Vec<Token<'_>> = tokens(text).collect();
            assert_eq!(directives(&tokens).collect::<Vec<_>>(), expected, "{text:?}");
        }
    }
}
