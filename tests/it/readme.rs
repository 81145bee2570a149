//! What the README says of the checks is so.

use std::fs;
use std::path::Path;

use migrations_source::{Rule, Severity, read};

use crate::texts::scratch;

const README: &str = include_str!("../../README.md");

#[test]
fn it_shows_what_is_told_of_a_file() {
    let folder = Path::new("fixtures/readme").canonicalize().unwrap();
    for problem in read(&folder).problems {
        let told = problem.to_string().replace("fixtures/readme/", "migrations/");
        // The compiler sets its own word before it, and indents the lines that follow.
        let shown = format!("error: {}", told.replace('\n', "\n       "));
        assert!(README.contains(&shown), "{shown}");
    }
}

#[test]
fn it_lists_every_rule() {
    for rule in Rule::ALL {
        let level = match rule.severity() {
            Severity::Error if rule.may_be_allowed() => "error",
            Severity::Error => "error, always",
            Severity::Warning => "warning",
        };
        let row = README.lines().find(|line| line.starts_with(&format!("| `{rule}` |")));
        assert!(row.is_some_and(|row| row.ends_with(&format!("| {level} |"))), "{rule}: {row:?}");
    }
}

#[test]
fn the_directives_it_lists_are_known() {
    let folder = scratch("readme");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("repeatable")).unwrap();
    fs::write(folder.join("repeatable/other.sql"), "SELECT 1;").unwrap();
    let table = README.split("| directive | meaning |").nth(1).unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cells: Vec<_> = rows.map(|row| row.split('|').nth(1).unwrap().trim()).collect();
    assert!(cells.len() >= 7, "{cells:?}");
    for cell in cells {
        let digest = format!("sha256:{}", "0".repeat(64));
        let written = cell.replace('`', "").replace("RULE", "syntax").replace("sha256:…", &digest);
        let needed = if written.starts_with("batch-") { "batch, " } else { "" };
        let written = written.replace("NAME", "other");
        let text = format!("-- migrations: {needed}{written}\nVACUUM;");
        let is_of_objects = written.starts_with("after");
        let file = if is_of_objects { "repeatable/case.sql" } else { "0001_case.sql" };
        fs::write(folder.join(file), text).unwrap();
        let of_directives = read(&folder).problems.into_iter().filter(|it| it.rule().is_none());
        assert_eq!(of_directives.count(), 0, "{written}");
    }
}
