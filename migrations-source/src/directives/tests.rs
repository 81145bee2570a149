use super::{Directives, parse};
use crate::finding::Finding;
use crate::kind::Kind;
use crate::lexer::{Token, tokens};
use crate::rules::Rule;

fn parsed(text: &str) -> (Directives, Vec<Finding>) {
    parsed_in(Kind::Versioned, text)
}

fn parsed_in(kind: Kind, text: &str) -> (Directives, Vec<Finding>) {
    let tokens: Vec<Token<'_>> = tokens(text).collect();
    parse(kind, &tokens)
}

#[test]
fn reads_all_directives_before_the_first_statement() {
    let text = format!(
        "-- about\n--migrations:no-transaction\r\n;/* b */ -- migrations: lock-timeout=2s , \
         statement-timeout = 10min\r-- migrations: allow=syntax,allow=mixed-statements\n \
         -- migrations: accept=sha256:{}\nSELECT 1",
        "0f".repeat(32)
    );
    let (directives, findings) = parsed(&text);
    assert_eq!(findings, []);
    let given = directives.given.iter().map(|(_, range)| &text[range.clone()]);
    assert_eq!(
        given.take(5).collect::<Vec<_>>(),
        [
            "no-transaction",
            "lock-timeout=2s",
            "statement-timeout = 10min",
            "allow=syntax",
            "allow=mixed-statements"
        ]
    );
    let expected = Directives {
        no_transaction: true,
        lock_timeout: Some(2000),
        statement_timeout: Some(600_000),
        accepted: vec![[15; 32]],
        allowed: vec![Rule::Syntax, Rule::MixedStatements],
        given: directives.given.clone(),
        ..Directives::default()
    };
    assert_eq!(directives, expected);
}

#[test]
fn reads_what_is_said_of_batches() {
    let cases = [
        ("batch", None, None),
        ("batch, batch-pause=100ms", Some(100), None),
        ("batch-rate = 5000, batch-pause=0s\n-- migrations: batch", Some(0), Some(5000)),
    ];
    for (written, batch_pause, batch_rate) in cases {
        let (directives, findings) = parsed(&format!("-- migrations: {written}\nUPDATE t"));
        assert_eq!(findings, []);
        let given = directives.given.clone();
        let expected =
            Directives { batch: true, batch_pause, batch_rate, given, ..Directives::default() };
        assert_eq!(directives, expected);
    }
}

#[test]
fn other_comments_are_none() {
    for text in [
        "-- about migrations: none\nSELECT 1",
        "/* migrations: x */ SELECT 1",
        "-- Migration: accounts\n/* Migrations: none yet */\n-- migration\nSELECT 1",
        "-- Migration: transactions, accept\n-- Migrations: lock timeout, allow\nSELECT 1",
        "-- Migration: batch=all, batch-rate\nSELECT 1",
        "-- a sentence of\n-- migrations: both stay, as they are.\nSELECT 1",
        "/*\n-- migrations: x\n*/ SELECT 1",
        "SELECT 1; -- migrations: we had some",
        "SELECT '\n-- migrations: x\n'",
    ] {
        assert_eq!(parsed(text), (Directives::default(), Vec::new()), "{text:?}");
    }
}

#[test]
fn refuses_what_it_does_not_know() {
    let names = "`no-transaction`, `batch`, `batch-pause`, `batch-rate`, `lock-timeout`, \
                 `statement-timeout`, `allow`, `accept`, `after`";
    let allowed = "`syntax`, `not-in-transaction`, `committing-block`, `new-enum-value`, \
                   `string-setting`, `only-in-transaction`, `unlimited-batch`, `unclear-setting`, \
                   `duplicate-handler`, `mixed-statements`, `needless-no-transaction`";
    let durations = "write a whole number and one of the units ms, s, min, h, d, such as 2s, of \
                     24 days at most; 0s is without limit";
    let rates = "write a whole number of at least 1, such as 5000: so many rows a second at most";
    let cases = [
        ("notransaction", "unknown directive `notransaction`", "did you mean `no-transaction`?"),
        ("x=1", "unknown directive `x`", &format!("these are known: {names}")),
        ("", "a directive is missing", &format!("write one of {names}, or remove it")),
        (
            "no-transaction=yes",
            "the directive `no-transaction` takes no value",
            "write `-- migrations: no-transaction`",
        ),
        (
            "lock-timeout",
            "the directive `lock-timeout` needs a value",
            "write it as in `-- migrations: lock-timeout=2s`",
        ),
        (
            "allow=",
            "the directive `allow` needs a value",
            "write it as in `-- migrations: allow=syntax`",
        ),
        ("lock-timeout=2", "the value of `lock-timeout` is no duration", durations),
        ("statement-timeout=soon", "the value of `statement-timeout` is no duration", durations),
        ("batch=yes", "the directive `batch` takes no value", "write `-- migrations: batch`"),
        (
            "batch, batch-pause=1",
            "the value of `batch-pause` is no duration",
            "write a whole number and one of the units ms, s, min, h, d, such as 100ms, of 24 \
             days at most; 0s is no pause",
        ),
        ("batch, batch-rate=0", "the value of `batch-rate` is no number of rows", rates),
        ("batch, batch-rate=5k", "the value of `batch-rate` is no number of rows", rates),
        ("batch, batch-rate=+5", "the value of `batch-rate` is no number of rows", rates),
        (
            "batch, batch-rate",
            "the directive `batch-rate` needs a value",
            "write it as in `-- migrations: batch-rate=5000`",
        ),
        (
            "batch-pause=1s",
            "the directive `batch-pause` is of no use without `batch`",
            "add `batch`, or remove it",
        ),
        (
            "batch-rate=1",
            "the directive `batch-rate` is of no use without `batch`",
            "add `batch`, or remove it",
        ),
        (
            "batch, no-transaction",
            "the directive `batch` says it already: no transaction holds all of the file",
            "remove it, and keep `batch`",
        ),
        ("syntax", "unknown directive `syntax`", "did you mean `allow=syntax`?"),
        ("allow=syntaxx", "there is no rule `syntaxx`", "did you mean `syntax`?"),
        ("allow=all", "there is no rule `all`", &format!("these are known: {allowed}")),
        (
            "allow=psql-command",
            "the rule `psql-command` cannot be allowed",
            "remove the directive, and what the rule tells of",
        ),
        (
            "accept=sha256:0",
            "the value of `accept` is no checksum",
            "copy it from the error that names it: sha256: and 64 digits of 0-9 and a-f",
        ),
    ];
    for (directive, message, help) in cases {
        let text = format!("-- migrations: {directive}\nSELECT 1");
        let last = directive.rfind(", ").map_or(0, |comma| comma + 2);
        let range = 15 + last..15 + directive.len();
        let range = if directive.is_empty() { 14..14 } else { range };
        let expected = Finding::new(range, message).help(help);
        assert_eq!(parsed(&text).1, [expected], "{text:?}");
    }
}

#[test]
fn reads_what_an_object_is_applied_after() {
    let text =
        "-- migrations: after=b, after = a\n-- migrations: after=c, lock-timeout=2s\nSELECT 1";
    let (directives, findings) = parsed_in(Kind::Repeatable, text);
    assert_eq!(findings, []);
    assert_eq!(directives.after, ["b", "a", "c"]);
    let places = directives.places_of_after().map(|(name, range)| (name, &text[range.clone()]));
    assert_eq!(
        places.collect::<Vec<_>>(),
        [("b", "after=b"), ("a", "after = a"), ("c", "after=c")]
    );
}

#[test]
fn refuses_what_no_object_can_be_applied_after() {
    let no_name = "the value of `after` is no name of a repeatable object";
    let cases = [
        ("after=a, after=a", 9, "`after=a` is given twice"),
        ("after=a.sql", 0, no_name),
        ("after=a b", 0, no_name),
        ("after", 0, "the directive `after` needs a value"),
    ];
    for (directive, at, message) in cases {
        let (_, findings) = parsed_in(Kind::Repeatable, &format!("-- migrations: {directive}"));
        let told: Vec<_> = findings.iter().map(|it| (it.range.clone(), it.message())).collect();
        assert_eq!(told, [(15 + at..15 + directive.len(), message)]);
    }
}

#[test]
fn refuses_what_does_not_count_in_a_file_of_its_kind() {
    let accept = format!("accept=sha256:{}", "0".repeat(64));
    let of_transactions = ["no-transaction", "batch", "batch-pause=1s", "batch-rate=1", &accept];
    let cases: [(Kind, &[&str], &str); 4] = [
        (Kind::Versioned, &["after=a"], "migration"),
        (Kind::Down, &of_transactions, "down file"),
        (Kind::Down, &["after=a"], "down file"),
        (Kind::Repeatable, &of_transactions, "repeatable object"),
    ];
    for (kind, directives, noun) in cases {
        for directive in directives {
            let (read, findings) = parsed_in(kind, &format!("-- migrations: {directive}"));
            assert_eq!(read, Directives::default(), "{directive}");
            let name = directive.split('=').next().unwrap();
            let message = format!("the directive `{name}` does not count in a {noun}");
            assert_eq!(findings.iter().map(Finding::message).collect::<Vec<_>>(), [message]);
        }
    }
    for kind in [Kind::Down, Kind::Repeatable] {
        let text = "-- migrations: lock-timeout=2s, statement-timeout=1s, allow=syntax";
        assert_eq!(parsed_in(kind, text).1, []);
    }
}

#[test]
fn refuses_what_looks_like_a_directive() {
    for comment in [
        "-- migration: no-transaction",
        "-- Migrations: allow=syntax, of course",
        "-- migrations : no-transaction",
        "-- Migrations: batch",
        "-- migration: batch-rate=10",
        "--- migrations: no-transaction",
        "/** migrations: lock-timeout=2s */",
    ] {
        let text = format!("{comment}\nSELECT 1");
        let (directives, findings) = parsed(&text);
        assert_eq!(directives, Directives::default(), "{text:?}");
        assert_eq!(findings.len(), 1, "{text:?}");
    }
}

#[test]
fn refuses_what_stands_twice_or_too_late() {
    let (_, findings) = parsed("-- migrations: lock-timeout=1s, lock-timeout=2s\nSELECT 1");
    let twice = "the directive `lock-timeout` is given twice";
    assert_eq!(findings, [Finding::new(32..47, twice).help("keep one")]);

    let (directives, findings) = parsed("SELECT 1;\n-- migrations: no-transaction");
    let late = "the directive `no-transaction` stands behind the first statement";
    let help = "move it up: directives stand before the first statement";
    assert_eq!(findings, [Finding::new(25..39, late).help(help)]);
    assert!(!directives.no_transaction);
}
