use std::ops::Range;

use super::Rule;
use crate::finding::Finding;
use crate::grammar::{self, Accepted};
use crate::lexer::{Kind, Token, tokens};
use crate::script::Script;
use crate::statements::Statement;

/// What PostgreSQL's grammar refuses of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where, in bytes.
    pub offset: usize,
    /// In the server's words.
    pub message: String,
}

/// What PostgreSQL's grammar refuses in a text: the first error of each statement.
///
/// Without the feature `syntax`, only strings, names and comments that do not end are found.
#[must_use]
pub fn syntax_errors(text: &str) -> Vec<SyntaxError> {
    let tokens: Vec<_> = tokens(text).collect();
    errors(&Script::new(text, &tokens).0, &mut Accepted::default()).collect()
}

pub(super) fn check(script: &Script<'_>, accepted: &mut Accepted) -> Vec<Finding> {
    if script.allows(Rule::Syntax) {
        return Vec::new();
    }
    errors(script, accepted).map(|error| finding(script, &error)).collect()
}

fn errors(script: &Script<'_>, accepted: &mut Accepted) -> impl Iterator<Item = SyntaxError> {
    // Its own lexer reads no further than to a NUL.
    let is_whole = !script.text.contains('\0');
    let is_doubtful = move |it: &&Statement<'_, '_>| !is_whole || !accepted.holds(it);
    let doubtful = script.statements.iter().filter(is_doubtful);
    doubtful.filter_map(|statement| error(script.text, statement))
}

fn error(text: &str, statement: &Statement<'_, '_>) -> Option<SyntaxError> {
    // What is for psql has been told of.
    if statement.tokens.iter().any(|token| token.kind == Kind::MetaCommand) {
        return None;
    }
    let range = statement.range_with_semicolon();
    let error = grammar::check(&text[range.clone()])?;
    Some(SyntaxError { offset: range.start + error.offset, ..error })
}

fn finding(script: &Script<'_>, error: &SyntaxError) -> Finding {
    let at = script.tokens.partition_point(|token| token.end() <= error.offset);
    let token = script.tokens.get(at);
    let range = match token {
        Some(token) => error.offset..token.end(),
        // The text ends too early: what is missing is missing behind the last thing in it.
        None => end_of_code(script)..end_of_code(script),
    };
    let help = token.and_then(|token| invisible(token).or_else(|| misspelt(script, token, error)));
    let finding = Finding::new(range, shorten(&error.message)).of(Rule::Syntax);
    help.into_iter().fold(finding, Finding::help)
}

fn end_of_code(script: &Script<'_>) -> usize {
    script.statements.last().map_or(0, |statement| statement.range().end)
}

/// The server quotes what does not end up to the end of what was sent.
fn shorten(message: &str) -> String {
    const LENGTH: usize = 100;
    let line = message.lines().next().unwrap_or_default();
    match line.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…\"", &line[..end]),
        None if line.len() < message.len() => format!("{line}…\""),
        None => line.into(),
    }
}

/// Characters that look like white space, or like nothing, and are letters to PostgreSQL.
fn invisible(token: &Token<'_>) -> Option<String> {
    let is_invisible = |char: &char| {
        (char.is_whitespace() && !char.is_ascii())
            || matches!(char, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{ad}')
    };
    let char = token.text.chars().find(is_invisible).filter(|_| token.kind == Kind::Word)?;
    let code = u32::from(char);
    Some(format!(
        "the file holds U+{code:04X} here, which is no white space to PostgreSQL: write a plain space, \
         or nothing"
    ))
}

/// The keyword that was meant: with it the statement can be read further.
fn misspelt(script: &Script<'_>, token: &Token<'_>, error: &SyntaxError) -> Option<String> {
    let is_it = |statement: &&Statement<'_, '_>| statement.range().contains(&token.start);
    let range = script.statements.iter().find(is_it)?.range_with_semicolon();
    let reads_further = |keyword: &&str| {
        let mended = mend(&script.text[range.clone()], range.start, token.range(), keyword);
        grammar::check(&mended).is_none_or(|next| range.start + next.offset > token.start)
    };
    let keywords =
        grammar::near_keywords(token).into_iter().filter(|_| token.start == error.offset);
    let keyword = { keywords }.find(reads_further)?;
    Some(format!("did you mean `{}`?", keyword.to_ascii_uppercase()))
}

fn mend(statement: &str, start: usize, token: Range<usize>, keyword: &str) -> String {
    [&statement[..token.start - start], keyword, &statement[token.end - start..]].concat()
}

#[cfg(all(test, feature = "syntax"))]
mod tests {
    use super::{check, syntax_errors};
    use crate::grammar::Accepted;
    use crate::lexer::tokens;
    use crate::script::Script;

    #[test]
    fn finds_the_first_error_of_each_statement() {
        let text = "SELECT 1;\nCREATE TABEL é (a int b int);\nSELECT FROM ;\n/* é */ SELECT 'a";
        let errors = syntax_errors(text);
        let told: Vec<_> = errors.iter().map(|e| (&text[e.offset..], e.message.as_str())).collect();
        let expected = [
            ("TABEL é", "syntax error at or near \"TABEL\""),
            (";\n/*", "syntax error at or near \";\""),
            ("'a", "unterminated quoted string at or near \"'a\""),
        ];
        assert_eq!(told.len(), expected.len(), "{told:?}");
        for ((rest, message), (begin, expected)) in told.iter().zip(expected) {
            assert!(rest.starts_with(begin), "{rest}");
            assert_eq!(*message, expected);
        }
    }

    #[test]
    fn nothing_is_read_behind_a_nul() {
        assert_eq!(syntax_errors("SELECT 'a\0b'")[0].offset, 7);
    }

    #[test]
    fn what_ends_too_early_is_refused_behind_its_end() {
        let text = "SELECT 1 +  -- c\n";
        assert_eq!(syntax_errors(text)[0].message, "syntax error at end of input");
        assert!(helps(text).contains("range: 10..10"), "{}", helps(text));
    }

    #[test]
    fn places_are_never_within_a_character() {
        let text = "SELECT U&\"\"\"é\\x\"";
        let error = &syntax_errors(text)[0];
        assert_eq!(
            (&text[error.offset..], error.message.as_str()),
            ("é\\x\"", "invalid Unicode escape")
        );
    }

    #[test]
    fn accepts_what_the_newest_server_accepts() {
        for text in [
            "",
            "SELECT 1",
            "DO $$ anything $$",
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 1_000",
            "CREATE TABLE t (a int CONSTRAINT n NOT NULL)",
            "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE RETURNING t.a",
            "COPY t FROM STDIN;\n1\t2 ; ' \n\\.\nSELECT 1",
        ] {
            assert_eq!(syntax_errors(text), [], "{text:?}");
        }
    }

    fn helps(text: &str) -> String {
        let tokens: Vec<_> = tokens(text).collect();
        format!("{:?}", check(&Script::new(text, &tokens).0, &mut Accepted::default()))
    }

    #[test]
    fn says_what_may_have_been_meant() {
        for (text, meant) in [
            ("CREATE TABEL t ()", Some("did you mean `TABLE`?")),
            ("INSRT INTO t VALUES (1)", Some("did you mean `INSERT`?")),
            ("CREATE TABLE t (a int b int)", None),
            ("SELECT 1 FROM t WHERE", None),
        ] {
            let helps = helps(text);
            assert_eq!(helps.contains("did you mean"), meant.is_some(), "{helps}");
            assert!(helps.contains(meant.unwrap_or_default()), "{helps}");
        }
        assert!(helps("SELECT\u{a0}1").contains("U+00A0"));
        assert!(helps("\u{feff}SELECT 1").contains("U+FEFF"));
    }

    #[test]
    fn quotes_no_more_than_a_line() {
        let helps = helps(&format!("SELECT 'a\n{}", "b".repeat(1000)));
        assert!(helps.contains(r#""unterminated quoted string at or near \"'a…\"""#), "{helps}");
    }
}
