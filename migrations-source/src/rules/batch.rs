use super::Rule;
use crate::finding::Finding;
use crate::lexer::{Kind, Token};
use crate::pattern::begins;
use crate::script::Script;
use crate::statements::Statement;

/// What is wrong in a file whose statement is repeated until it changes no row.
pub(super) fn check(script: &Script<'_>) -> Vec<Finding> {
    let Some((first, further)) = script.statements.split_first() else { return Vec::new() };
    let of_first = if changes_rows(first) { unlimited(first) } else { Some(unchanging(first)) };
    of_first.into_iter().chain(further.iter().map(another)).collect()
}

fn unchanging(statement: &Statement<'_, '_>) -> Finding {
    let message = "a batch is repeated until it changes no row, and this statement changes none that \
                   the server counts";
    Finding::new(statement.range(), message).of(Rule::BatchStatement).help(
        "write INSERT, UPDATE, DELETE or MERGE; behind WITH, the server counts the rows of the main \
         statement",
    )
}

fn another(statement: &Statement<'_, '_>) -> Finding {
    let message = "a batch is one statement that is repeated, and this is a further one";
    Finding::new(statement.range(), message)
        .of(Rule::BatchStatement)
        .help("move it into a file of its own, before this one or behind it")
}

fn unlimited(statement: &Statement<'_, '_>) -> Option<Finding> {
    let message = "the batch has no LIMIT: the first one would change all rows, or there would be no last one";
    let finding = || Finding::new(statement.range(), message).of(Rule::UnlimitedBatch);
    (!is_limited(statement)).then(|| {
        finding().help(
            "let it choose some of the rows that are left: `… WHERE id IN (SELECT id FROM … WHERE … \
             LIMIT 5000)`",
        )
    })
}

/// Whether the server tells how many rows it changed: "Command Completion" in "Message Formats"
/// (55.7) of PostgreSQL's manual.
fn changes_rows(statement: &Statement<'_, '_>) -> bool {
    if !begins(statement, "WITH") {
        return statement.code().next().is_some_and(|first| first.is_one_of(&CHANGES));
    }
    main_word(statement).is_some_and(|word| word.is_one_of(&CHANGES))
}

/// What the statement behind `WITH` begins with. Before it, each of the words may be the name of a
/// query.
fn main_word<'a>(with: &Statement<'_, 'a>) -> Option<Token<'a>> {
    let (mut depth, mut before) = (0_usize, "");
    for token in with.code() {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ if depth == 0 && begins_main(before, token) => return Some(*token),
            _ => {}
        }
        before = token.text;
    }
    None
}

fn begins_main(before: &str, token: &Token<'_>) -> bool {
    let is_name = [",", "WITH", "RECURSIVE"].iter().any(|it| before.eq_ignore_ascii_case(it));
    !is_name && (token.is_one_of(&CHANGES) || token.is_one_of(&["SELECT", "TABLE", "VALUES"]))
}

const CHANGES: [&str; 4] = ["DELETE", "INSERT", "MERGE", "UPDATE"];

fn is_limited(statement: &Statement<'_, '_>) -> bool {
    let words = || statement.code().filter(|token| token.kind == Kind::Word);
    let mut pairs = words().zip(words().skip(1));
    words().any(|word| word.is("LIMIT"))
        || pairs.any(|(fetch, next)| fetch.is("FETCH") && next.is_one_of(&["FIRST", "NEXT"]))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::lexer::tokens;
    use crate::rules::Rule;
    use crate::script::Script;

    fn found(text: &str) -> Vec<(Rule, &str)> {
        let tokens: Vec<_> = tokens(text).collect();
        let findings = check(&Script::new(text, &tokens).0);
        findings.into_iter().map(|it| (it.rule.unwrap(), &text[it.range])).collect()
    }

    #[test]
    fn statements_that_change_rows_are_right() {
        for text in [
            "UPDATE t SET a = 1 WHERE id IN (SELECT id FROM t WHERE a IS NULL LIMIT 10);",
            "-- a\ndelete from t where ctid in (select ctid from t limit 10) -- b",
            "INSERT INTO u SELECT * FROM t FETCH FIRST 10 ROWS ONLY",
            "MERGE INTO t USING (SELECT 1 FETCH /**/ next ROW ONLY) u ON a = b WHEN MATCHED THEN DELETE",
            "WITH d AS (DELETE FROM t WHERE x IN (SELECT x FROM t LIMIT 9) RETURNING *) INSERT INTO u TABLE d",
            "WITH RECURSIVE values(a) AS (SELECT 1 LIMIT 1), delete AS MATERIALIZED (TABLE x) UPDATE t SET a = 1",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn finds_what_changes_no_rows_that_are_counted() {
        for text in [
            "SELECT f() LIMIT 10",
            "WITH d AS (DELETE FROM t RETURNING a) SELECT count(*) FROM d",
            "WITH d AS (DELETE FROM t RETURNING a) (SELECT 1)",
            "WITH a AS (SELECT 1) VALUES (1)",
            "TRUNCATE t",
            "\"update\" t",
            "VACUUM",
        ] {
            assert_eq!(found(text), [(Rule::BatchStatement, text)]);
        }
    }

    #[test]
    fn finds_further_statements() {
        let text = "SET a = 1; UPDATE t SET a = 1 LIMIT 1; SELECT 1";
        let expected = ["SET a = 1", "UPDATE t SET a = 1 LIMIT 1", "SELECT 1"];
        assert_eq!(found(text), expected.map(|it| (Rule::BatchStatement, it)));
        assert_eq!(found("UPDATE t SET a = 1 LIMIT 1; ;"), []);
    }

    #[test]
    fn finds_statements_without_a_limit() {
        for text in [
            "UPDATE t SET a = 1",
            "UPDATE t SET a = 'LIMIT' /* LIMIT */ WHERE \"limit\" = fetch",
            "WITH a AS (SELECT 1) DELETE FROM t",
        ] {
            assert_eq!(found(text), [(Rule::UnlimitedBatch, text)]);
        }
    }
}
