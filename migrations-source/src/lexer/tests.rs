use super::Kind::{
    BlockComment, CopyData, DollarQuoted, LineComment, MetaCommand, Number, Operator, Parameter,
    Punctuation, QuotedIdentifier, String, Unterminated, WhiteSpace, Word,
};
use super::{Kind, Token, string_parts, tokens};

/// Texts of one token each.
#[test]
fn tells_kinds() {
    let cases: [(Kind, &[&str]); 13] = [
        (WhiteSpace, &[" \t\r\n\x0b\x0c"]),
        (LineComment, &["--", "-- it's $$ /*", "---"]),
        (BlockComment, &["/**/", "/*/*/**/*/*/", "/* ' -- \n */", "/***/", "/*+ **/"]),
        (Word, &["a", "SELECT", "_1", "a$1$b", "Größe", "\u{a0}", "\u{feff}a", "日本", "e", "U"]),
        (QuotedIdentifier, &[r#""""#, r#""a""b'""#, r#""\""#, r#"U&"\0441""#, r#"u&"""""#]),
        (String, &["''", "'a''b'", "'\\'", "B'01'", "x'1F'", "N'é'", "U&'\\0441'", "u&''''"]),
        (String, &[r"E'\''", r"e'\\'", r"E'''\''''", "E'\\é'", "'--'", "'\n'"]),
        (DollarQuoted, &["$$$$", "$$a$b$$", "$a$ $$ $b$a$", "$é$x$é$", "$_1$;$_1$", "$A$$a$$A$"]),
        (Number, &["1", "1.", ".5", "1.5e10", "1e-5", "0x1F_F", "0o17", "0B1", "1_000", "1.e+1"]),
        (Parameter, &["$1", "$12"]),
        (Operator, &["+", "<=", "@-", "->>", "|/", "*", "~!@#^&|`?+-%<>=", "*@+-", "?-", "=>"]),
        (Punctuation, &["(", ";", ",", ".", "..", ":", "::", ":=", "[", "$", "{", "\u{1}", "\0"]),
        (MetaCommand, &["\\", "\\restrict abc", "\\echo 'a", "\\."]),
    ];
    for (kind, texts) in cases {
        for text in texts {
            assert_eq!(lexed(text), [(kind, *text)]);
        }
    }
}

#[test]
fn what_has_no_end_is_all_of_the_rest() {
    let texts = [
        "'a;",
        "''';",
        "E'\\';",
        "E'\\",
        "\"a",
        "U&\"a",
        "U&'a",
        "B'",
        "/* a * /",
        "/*/",
        "/* /* */",
        "$$a$",
        "$a$ $A$",
        "$a$a",
        "'a'\n'b",
        "'a' -- c\n'b",
    ];
    for text in texts {
        assert_eq!(lexed(text), [(Unterminated, text)]);
    }
}

/// Texts whose tokens are told apart by `·`.
#[test]
fn tells_tokens_apart() {
    let cases = [
        // A comment ends where its line does, and begins within a run of operator characters.
        "-- a·\n·b",
        "-- a·\r·b",
        "-- a·\r\n·b",
        "a·+·--b",
        "a·*·/* b */·*/",
        "-·/**/·-",
        // Comments nest.
        "/* /* */ */·*/",
        "/*/**/*/·a",
        // A dollar sign in an identifier begins no string, anywhere else it does.
        "a$$·,·a$b$·,·é$$",
        "1·$$a$$",
        "$1·$$a$$",
        "\"a\"·$$a$$",
        "$1·a$",
        "$·a· ·b",
        // Prefixes of strings are prefixes only where the quote follows at once.
        "E· ·'\\'",
        "ae·'\\'",
        "U·&·a",
        "U·&· ·'a'",
        "aU·&·'a'",
        "_b·'0'",
        // A string continues behind an end of line, with the escapes it began with.
        "E'a'\n'\\''·b",
        "'a' -- c\n  -- d\r'b'·;",
        "'a'--\n'b'",
        "'a'· ·'b'",
        // Two quotes in a row are no character of a bit string.
        "B'1'·'0'",
        "x''·''·a",
        "B'1'\n'0'·'a'",
        "'a'·\n·/**/·'b'",
        "'a'·\n·E'\\''",
        "'a'·\n·-- b",
        "$$a$$·\n·'b'",
        "\"a\"·\n·\"b\"",
        // Numbers.
        "1·..·2",
        "1.5·.5",
        "a·.·b·.·c",
        "1·e",
        "1·e·+·a",
        "1e1_000·-·1.5e-1_0",
        "1·e_1",
        "0·x",
        "0·b'1'",
        "123·abc",
        "-·1",
        // Operators and punctuation.
        "a·::·b",
        "a·:=·:·b",
        "a·=·-·1",
        "a·*·-·+·-·b",
        "a·<>·-·1",
        "a·@-·1",
        "a·||-·1",
        "(·a·,·b·)·;",
        "a·[·1·:·2·]",
        // A command of psql takes the rest of its line.
        "a· ·\\gset x; y·\n·b",
        "'\\'·\\a\\b·\r\n·b",
    ];
    for case in cases {
        let expected: Vec<_> = case.split('·').collect();
        let text = case.replace('·', "");
        let texts: Vec<_> = tokens(&text).map(|token| token.text).collect();
        assert_eq!(texts, expected, "{text:?}");
    }
}

/// As above; data are marked by `»`.
#[test]
fn data_follow_the_line_of_a_copy() {
    let cases = [
        "COPY· ·t· ·FROM· ·STDIN·;·\n·»1\ta\n2\tit's; $$\n\\.·\n·a",
        "copy· ·t·(·a·)· ·from· ·stdin· ·with· ·(·null· ·''·)·;· ·-- x·\r\n·»1\r\n\\.·\r\n·a",
        "COPY· ·t· ·FROM· ·/**/· ·STDOUT·;·\n·»\\.·\n·\\.",
        "COPY· ·t· ·FROM· ·STDIN·;·\n·» \\.\n\\.x\nCOMMIT;",
        "COPY· ·t· ·FROM· ·STDIN·;· ·a·;·\n·»1\n\\.·\n·;",
        "COPY· ·t· ·FROM· ·STDIN·;·\n·»\\.·\n·COPY· ·t· ·FROM· ·STDIN·;·\n·»\\.",
        "COPY· ·t· ·FROM· ·STDIN·;",
        "COPY· ·t· ·FROM· ·STDIN·;·\n",
        // These read from elsewhere, or write.
        "COPY· ·t· ·FROM· ·'stdin'·;·\n·a",
        "COPY· ·t· ·TO· ·STDOUT·;·\n·a",
        "COPY· ·(·SELECT· ·FROM· ·stdin·)· ·TO· ·STDOUT·;·\n·a",
        "SELECT· ·copy· ·FROM· ·stdin·;·\n·a",
        "a·;·COPY· ·t· ·FROM· ·x·,· ·stdin·;·\n·a",
    ];
    for case in cases {
        let expected: Vec<_> = case.split('·').collect();
        let text = case.replace(['·', '»'], "");
        let mark = |token: Token<'_>| {
            let mark = if token.kind == CopyData { "»" } else { "" };
            format!("{mark}{}", token.text)
        };
        assert_eq!(tokens(&text).map(mark).collect::<Vec<_>>(), expected, "{text:?}");
    }
}

#[test]
fn parts_of_a_continued_string() {
    let cases: [(&str, &[&str]); 5] = [
        ("'a'", &["'a'"]),
        ("'a''b' -- c\n  'd'", &["'a''b'", "'d'"]),
        ("E'a\\''\n'\\''\n\n''", &["E'a\\''", "'\\''", "''"]),
        ("U&'a'\n'é'", &["U&'a'", "'é'"]),
        ("'a\n'--'\n'b'", &["'a\n'", "'b'"]),
    ];
    for (text, expected) in cases {
        assert_eq!(lexed(text), [(String, text)]);
        assert_eq!(string_parts(text).collect::<Vec<_>>(), expected, "{text:?}");
    }
}

#[test]
fn compares_without_regard_to_case() {
    let is = |text: &str, word| tokens(text).next().is_some_and(|token| token.is(word));
    assert!(is("Set", "SET"));
    assert!(!is("\"SET\"", "SET"));
    assert!(!is("'SET'", "SET"));
}

#[test]
fn tokens_cover_every_text() {
    for_each_text(5, assert_covered);
}

/// Up to the first thing that the other refuses.
#[cfg(feature = "syntax")]
#[test]
fn tokens_are_those_of_the_grammar() {
    for_each_text(4, |text| {
        let mut theirs = rupg_sql::Lexer::new(text);
        let ours = tokens(text).filter(|token| !token.is_blank());
        for our in ours.take_while(|token| token.kind != MetaCommand) {
            let Ok(their) = theirs.next_token() else { break };
            assert_eq!(our.range(), their.start..their.end, "{text:?}");
        }
    });
}

/// All strings of so many parts at most.
fn for_each_text(most: u32, check: impl Fn(&str)) {
    const PARTS: [&str; 17] =
        ["'", "\"", "$", "-", "/", "*", ";", "E", "a", "\n", "\\", "1", "&", "é", ".", ":", "="];
    for length in 0..=most {
        for number in 0..PARTS.len().pow(length) {
            let digit = |place| number / PARTS.len().pow(place) % PARTS.len();
            let text: std::string::String = (0..length).map(|place| PARTS[digit(place)]).collect();
            check(&text);
        }
    }
}

fn assert_covered(text: &str) {
    let mut at = 0;
    for token in tokens(text) {
        assert_eq!((token.start, token.text.is_empty()), (at, false), "{text:?}");
        assert_eq!(text.get(at..token.end()), Some(token.text), "{text:?}");
        at = token.end();
    }
    assert_eq!(at, text.len(), "{text:?}");
}

fn lexed(text: &str) -> Vec<(Kind, &str)> {
    tokens(text).map(|token| (token.kind, token.text)).collect()
}
