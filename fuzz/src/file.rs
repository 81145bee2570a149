//! The check of a file: directives, rules, and what people are told.

use std::path::Path;

use migrations_source::fuzzing::check_file;
use migrations_source::{Diagnostic, Kind, Migration, Part, Place, Rule, statements};

const BOM: &str = "\u{feff}";

/// Holds for any bytes.
pub fn check(bytes: &[u8]) {
    let (migration, problems) = checked(bytes);
    let Ok(text) = str::from_utf8(bytes) else {
        assert!(migration.is_none() && problems.len() == 1, "{problems:?}");
        is_told_well(&problems[0], &String::from_utf8_lossy(bytes));
        return;
    };
    let migration = migration.expect("a text is a migration");
    let sql = text.strip_prefix(BOM).unwrap_or(text);
    assert_eq!(migration.has_bom, text.starts_with(BOM));
    assert_eq!(migration.statements, statements(sql));
    assert!(!migration.statements.is_empty() || !problems.is_empty(), "empty, and nobody told");
    parts_hold_all_statements(&migration, sql);
    steps_are_statements(&migration);
    for problem in &problems {
        is_told_well(problem, sql);
    }
    let positions: Vec<_> = problems.iter().map(Diagnostic::position).collect();
    assert!(positions.is_sorted(), "{positions:?}");
    for rule in Rule::ALL {
        a_rule_can_be_allowed(rule, sql, &problems);
    }
    ends_of_lines_do_not_matter(sql);
}

fn checked(bytes: &[u8]) -> (Option<Migration>, Vec<Diagnostic>) {
    check_file(Kind::Versioned, Path::new("migrations/0001_fuzzed.sql"), bytes)
}

/// Parts lie in order on the boundaries of characters, and each statement lies in one of them.
fn parts_hold_all_statements(migration: &Migration, text: &str) {
    let mut seen = 0;
    for Part { sql, data } in &migration.parts {
        for range in [Some(sql), data.as_ref()].into_iter().flatten() {
            assert!(range.start >= seen, "{range:?} overlaps what ends at {seen}");
            assert!(text.get(range.clone()).is_some(), "{range:?}");
            seen = range.end;
        }
        let is_in_it =
            |place: &&Place| sql.start <= place.range.start && place.range.end <= sql.end;
        let statements: Vec<_> = migration.statements.iter().filter(is_in_it).collect();
        assert!(!statements.is_empty(), "{sql:?}");
        assert!(data.is_none() || statements[0].range == *sql, "{sql:?}");
    }
    let is_sent = |place: &Place| {
        let mut parts = migration.parts.iter();
        parts.any(|part| part.sql.start <= place.range.start && place.range.end <= part.sql.end)
    };
    assert!(migration.parts.is_empty() || migration.statements.iter().all(is_sent));
}

fn steps_are_statements(migration: &Migration) {
    let Some(last) = migration.steps.last() else {
        assert!(!migration.directives.are_one_by_one() || migration.statements.is_empty());
        return;
    };
    assert_eq!(migration.steps.len(), migration.statements.len());
    assert_eq!(last.checksum, migration.checksum);
}

/// The place is in the text, and what is shown moves no terminal's cursor.
pub(crate) fn is_told_well(problem: &Diagnostic, text: &str) {
    let shown = problem.to_string();
    assert!(shown.contains(problem.message()));
    assert!(!problem.message().contains('\n'), "not one line: {shown:?}");
    assert!(!shown.contains(is_obeyed), "control characters: {shown:?}");
    if let Some(position) = problem.position() {
        let line = text.split('\n').nth(position.line - 1).expect("the line is in the text");
        assert!((1..=line.chars().count() + 1).contains(&position.column), "{position}: {line:?}");
    }
    if let Some(excerpt) = problem.excerpt() {
        assert_eq!(Some(excerpt.line()), problem.position().map(|position| position.line));
        let width = excerpt.text().chars().count().max(1) + 1;
        assert!(excerpt.mark().chars().count() <= width, "{shown}");
        assert!(excerpt.mark().ends_with('^'), "{shown}");
    }
}

/// What a terminal would obey, but for line feeds and tabs.
pub(crate) fn is_obeyed(char: char) -> bool {
    let turns = matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || char.is_control() && !matches!(char, '\n' | '\t')
}

/// The directive lets the file through by this rule, and changes nothing else.
fn a_rule_can_be_allowed(rule: Rule, text: &str, problems: &[Diagnostic]) {
    if !rule.may_be_allowed() || problems.iter().all(|problem| problem.rule() != Some(rule)) {
        return;
    }
    let allowed = format!("-- migrations: allow={rule}\n{text}");
    let (_, left) = checked(allowed.as_bytes());
    let others = problems.iter().filter(|problem| problem.rule() != Some(rule));
    let expected: Vec<_> = others.map(|problem| told(problem, 1)).collect();
    let left: Vec<_> = left.iter().map(|problem| told(problem, 0)).collect();
    assert_eq!(left, expected, "{rule}: {allowed:?}");
}

/// What is told, as it would be so many lines below.
fn told(problem: &Diagnostic, below: usize) -> (Option<(usize, usize)>, Option<Rule>, &str) {
    let place = problem.position().map(|position| (position.line + below, position.column));
    (place, problem.rule(), problem.message())
}

fn ends_of_lines_do_not_matter(text: &str) {
    let feeds = text.replace('\r', "");
    let returns = feeds.replace('\n', "\r\n");
    let (one, other) = (checked(feeds.as_bytes()).1, checked(returns.as_bytes()).1);
    let all = |problems: &[Diagnostic]| {
        problems.iter().map(|problem| format!("{:?}", told(problem, 0))).collect::<Vec<_>>()
    };
    assert_eq!(all(&one), all(&other), "{feeds:?}");
}
