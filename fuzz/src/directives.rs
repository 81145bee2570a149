//! What a file says of itself: each directive counts or is told of.

use std::path::Path;

use arbitrary::Arbitrary;
use migrations_source::fuzzing::check_file;
use migrations_source::{Diagnostic, Directives, Kind, Rule};

use crate::file::is_told_well;

/// A file that is made of comments, with a statement somewhere between.
#[derive(Arbitrary, Debug)]
pub struct Case {
    kind: u8,
    lines: Vec<Line>,
    /// Before which of the lines the statement stands.
    statement: u8,
    ends_in_returns: bool,
}

#[derive(Arbitrary, Debug)]
enum Line {
    Directives(u8, Vec<Item>),
    Block(Vec<Item>),
    Comment(String),
    Empty,
}

#[derive(Arbitrary, Debug)]
struct Item {
    name: u8,
    value: Value,
    spaces: u8,
}

#[derive(Arbitrary, Debug)]
enum Value {
    Nothing,
    Number(u32),
    Duration(u32, u8),
    Rule(u8),
    Digest(u8),
    Object(u8),
    Any(String),
}

const NAMES: [&str; 11] = [
    "no-transaction",
    "batch",
    "batch-pause",
    "batch-rate",
    "lock-timeout",
    "statement-timeout",
    "allow",
    "accept",
    "after",
    "no-transactions",
    "",
];

/// Holds for any case.
pub fn check(case: &Case) {
    let kind = [Kind::Versioned, Kind::Down, Kind::Repeatable][usize::from(case.kind % 3)];
    let feed = if case.ends_in_returns { "\r\n" } else { "\n" };
    let (text, first) = case.text(feed);
    let (migration, problems) =
        check_file(kind, Path::new("migrations/0001_fuzzed.sql"), text.as_bytes());
    let directives = migration.expect("a text is a migration").directives;
    for problem in &problems {
        is_told_well(problem, &text);
    }
    let mut at = 1;
    for (number, line) in case.lines.iter().enumerate() {
        at += usize::from(number == first);
        if let Line::Directives(_, items) = line {
            for item in items {
                let is_told = problems.iter().any(|problem| is_at(problem, at));
                let counts = number < first && item.counts(&directives, kind);
                // Behind the statement, only what would count before it is told of.
                let is_comment = number >= first && !item.is_complete();
                assert!(counts || is_told || is_comment, "{item:?} on line {at}: {text:?}");
            }
        }
        at += line.text().matches('\n').count() + 1;
    }
    nothing_counts_that_is_not_there(case, first, &directives);
}

fn is_at(problem: &Diagnostic, line: usize) -> bool {
    problem.position().is_some_and(|position| position.line == line)
}

impl Case {
    /// The text, and how many lines stand before the statement.
    fn text(&self, feed: &str) -> (String, usize) {
        let first = usize::from(self.statement).min(self.lines.len());
        let mut text = String::new();
        for (number, line) in self.lines.iter().enumerate() {
            if number == first {
                text += "SELECT 1;";
                text += feed;
            }
            text += &line.text();
            text += feed;
        }
        if first == self.lines.len() {
            text += "SELECT 1;";
        }
        (text, first)
    }
}

impl Line {
    fn text(&self) -> String {
        match self {
            Self::Directives(spaces, items) => {
                format!("--{}migrations:{}", " ".repeat(usize::from(spaces % 3)), list(items))
            }
            Self::Block(items) => format!("/* migrations:{} */", list(items)),
            Self::Comment(text) => format!("-- {}", one_line(text)),
            Self::Empty => String::new(),
        }
    }

    fn items(&self) -> &[Item] {
        if let Self::Directives(_, items) = self { items } else { &[] }
    }
}

fn list(items: &[Item]) -> String {
    items.iter().map(Item::text).collect::<Vec<_>>().join(",")
}

fn one_line(text: &str) -> String {
    text.chars().filter(|char| !matches!(char, '\n' | '\r' | '\0')).collect()
}

impl Item {
    fn name(&self) -> &'static str {
        NAMES[usize::from(self.name) % NAMES.len()]
    }

    fn text(&self) -> String {
        let space = [" ", "", "\t", "  "][usize::from(self.spaces % 4)];
        match self.value.text() {
            Some(value) => format!("{space}{}{space}={space}{value}", self.name()),
            None => format!(" {}{space}", self.name()),
        }
    }

    /// Whether it has a value exactly if it takes one.
    fn is_complete(&self) -> bool {
        match self.name() {
            "no-transaction" | "batch" => matches!(self.value, Value::Nothing),
            "no-transactions" | "" => false,
            _ => !matches!(self.value, Value::Nothing),
        }
    }

    /// Whether the directives say what it says, by another reading.
    fn counts(&self, directives: &Directives, kind: Kind) -> bool {
        let value = self.value.text();
        let value = value.as_deref().map(str::trim);
        let is_versioned = kind == Kind::Versioned;
        let milliseconds = value.and_then(milliseconds);
        match (self.name(), value) {
            ("no-transaction", None) => is_versioned && directives.no_transaction,
            ("batch", None) => is_versioned && directives.batch,
            ("batch-pause", Some(_)) => {
                is_versioned && milliseconds.is_some() && directives.batch_pause == milliseconds
            }
            ("batch-rate", Some(rate)) => {
                is_versioned && directives.batch_rate.is_some_and(|it| Ok(it) == rate.parse())
            }
            ("lock-timeout", Some(_)) => {
                milliseconds.is_some() && directives.lock_timeout == milliseconds
            }
            ("statement-timeout", Some(_)) => {
                milliseconds.is_some() && directives.statement_timeout == milliseconds
            }
            ("allow", Some(rule)) => directives.allowed.iter().any(|it| it.name() == rule),
            ("accept", Some(digest)) => {
                let shown = |digest| migrations_source::display_digest(digest);
                is_versioned && directives.accepted.iter().any(|it| shown(it) == digest)
            }
            ("after", Some(name)) => {
                kind == Kind::Repeatable && directives.after.iter().any(|it| it == name)
            }
            _ => false,
        }
    }
}

fn milliseconds(text: &str) -> Option<u32> {
    let units = [("ms", 1), ("min", 60_000), ("s", 1000), ("h", 3_600_000), ("d", 86_400_000)];
    let (digits, factor) =
        units.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))?;
    let digits = digits.trim_end();
    let number: i64 =
        digits.bytes().all(|it| it.is_ascii_digit()).then(|| digits.parse().ok())??;
    let milliseconds = i32::try_from(number.checked_mul(*factor)?).ok()?;
    u32::try_from(milliseconds).ok()
}

impl Value {
    fn text(&self) -> Option<String> {
        let names = ["a", "open_bets", "grants"];
        match self {
            Self::Nothing => None,
            Self::Number(number) => Some(number.to_string()),
            Self::Duration(number, unit) => {
                let unit = ["ms", "s", "min", "h", "d", " s", "us"][usize::from(unit % 7)];
                Some(format!("{number}{unit}"))
            }
            Self::Rule(number) => {
                let rules: Vec<_> = Rule::ALL.into_iter().collect();
                Some(rules[usize::from(*number) % rules.len()].name().into())
            }
            Self::Digest(byte) => Some(migrations_source::display_digest(&[*byte; 32])),
            Self::Object(number) => Some(names[usize::from(*number) % names.len()].into()),
            Self::Any(text) => Some(one_line(text).replace([',', '*'], "")),
        }
    }
}

/// What counts is written before the statement; what is not, does not.
fn nothing_counts_that_is_not_there(case: &Case, first: usize, directives: &Directives) {
    let written: Vec<_> = case.lines[..first].iter().flat_map(Line::items).collect();
    let is_written = |name: &str| {
        // Any comment can happen to be a directive.
        written.iter().any(|item| item.name() == name)
            || case.lines[..first]
                .iter()
                .any(|line| matches!(line, Line::Comment(text) if text.contains("migrations")))
    };
    let given = [
        ("no-transaction", directives.no_transaction),
        ("batch", directives.batch),
        ("batch-pause", directives.batch_pause.is_some()),
        ("batch-rate", directives.batch_rate.is_some()),
        ("lock-timeout", directives.lock_timeout.is_some()),
        ("statement-timeout", directives.statement_timeout.is_some()),
        ("allow", !directives.allowed.is_empty()),
        ("accept", !directives.accepted.is_empty()),
        ("after", !directives.after.is_empty()),
    ];
    for (name, is_given) in given {
        assert!(!is_given || is_written(name), "{name} counts, and is written nowhere");
    }
}
