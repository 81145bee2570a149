use super::{OutOfOrder, Plan, Refusal, Row};
use crate::__private::{Effect, Gate, OneByOne, Source, Step};
use crate::journal::Journal;
use crate::migration::{Checksum, Kind, Migration};
use crate::migrations::Migrations;

/// The first accepts two older texts.
static EMBEDDED: [Migration; 3] =
    [migration(1, "a", &[[101; 32], [102; 32]]), migration(2, "b", &[]), migration(4, "d", &[])];

const fn migration(version: i64, name: &'static str, accepted: &'static [[u8; 32]]) -> Migration {
    let checksum = [version.to_be_bytes()[7]; 32];
    Migration::new(Source { version, name, path: name, checksum, accepted, ..Source::EMPTY })
}

static REPEATABLES: [Migration; 2] = [repeatable("view", 51), repeatable("grants", 52)];

const fn repeatable(name: &'static str, checksum: u8) -> Migration {
    let (kind, checksum) = (Kind::Repeatable, [checksum; 32]);
    Migration::new(Source { kind, name, path: name, checksum, ..Source::EMPTY })
}

fn set(list: &'static [Migration], repeatables: &'static [Migration]) -> Migrations {
    fn gate() -> &'static Gate {
        static GATE: Gate = Gate::new();
        &GATE
    }
    Migrations::new(list, repeatables, "", "", None, gate)
}

fn plan(
    list: &'static [Migration],
    rows: &[Row],
    out_of_order: OutOfOrder,
) -> Result<Plan, Vec<Refusal>> {
    super::plan(&set(list, &[]), rows, out_of_order)
}

fn of(byte: u8) -> Checksum {
    Checksum::new([byte; 32])
}

fn row(version: i64, name: &str) -> Row {
    let checksum = of(version.to_be_bytes()[7]).to_string();
    Row { version, name: name.into(), checksum, finished: true, journal: None }
}

fn summary(plan: &Plan) -> String {
    let versions = |list: &[&Migration]| -> Vec<_> { list.iter().map(|m| m.version()).collect() };
    let Plan { pending, skipped, renamed, older_texts, newer, .. } = plan;
    let renamed: Vec<_> = renamed.iter().map(|(m, was)| (m.version(), was)).collect();
    let older: Vec<_> =
        older_texts.iter().map(|(m, was)| (m.version(), was.as_bytes()[0])).collect();
    let older = if older.is_empty() { String::new() } else { format!(", older {older:?}") };
    let begun: Vec<_> = pending.iter().filter_map(|it| Some(it.begun.as_ref()?.done)).collect();
    let begun = if begun.is_empty() { String::new() } else { format!(", done {begun:?}") };
    let pending: Vec<_> = pending.iter().map(|it| it.migration).collect();
    format!(
        "run {:?}, skip {:?}, renamed {renamed:?}, newer {newer:?}{older}{begun}",
        versions(&pending),
        versions(skipped)
    )
}

#[track_caller]
fn accepts(rows: &[Row], out_of_order: OutOfOrder, expected: &str) {
    let mut reversed = rows.to_vec();
    reversed.reverse();
    for rows in [rows, &reversed] {
        assert_eq!(summary(&plan(&EMBEDDED, rows, out_of_order).unwrap()), expected);
    }
}

#[track_caller]
fn refuses(rows: &[Row], expected: &[Refusal]) {
    assert_eq!(plan(&EMBEDDED, rows, OutOfOrder::Refuse), Err(expected.to_vec()));
}

#[test]
fn runs_what_is_pending_and_skips_what_is_applied() {
    let refuse = OutOfOrder::Refuse;
    let (a, b, d) = (row(1, "a"), row(2, "b"), row(4, "d"));
    accepts(&[], refuse, "run [1, 2, 4], skip [], renamed [], newer []");
    accepts(std::slice::from_ref(&a), refuse, "run [2, 4], skip [1], renamed [], newer []");
    accepts(&[a.clone(), b.clone()], refuse, "run [4], skip [1, 2], renamed [], newer []");
    accepts(&[a, b, d], refuse, "run [], skip [1, 2, 4], renamed [], newer []");
}

#[test]
fn accepts_rows_of_a_newer_binary() {
    let rows = [row(1, "a"), row(2, "b"), row(4, "d"), row(5, "e"), row(9, "z")];
    let newer = r#"run [], skip [1, 2, 4], renamed [], newer [(5, "e"), (9, "z")]"#;
    accepts(&rows, OutOfOrder::Refuse, newer);
}

#[test]
fn accepts_another_name_for_the_same_text() {
    let rows = [row(1, "old"), row(2, "b"), row(4, "d")];
    let renamed = r#"run [], skip [1, 2, 4], renamed [(1, "old")], newer []"#;
    accepts(&rows, OutOfOrder::Refuse, renamed);
}

#[test]
fn refuses_a_late_migration_unless_allowed() {
    let rows = [row(1, "a"), row(4, "d")];
    refuses(&rows, &[Refusal::Late { path: "b", newest: (4, "d".into()) }]);
    accepts(&rows, OutOfOrder::Apply, "run [2], skip [1, 4], renamed [], newer []");
}

#[test]
fn refuses_a_pending_migration_below_a_row_of_a_newer_binary() {
    let rows = [row(1, "a"), row(2, "b"), row(5, "e")];
    refuses(&rows, &[Refusal::Late { path: "d", newest: (5, "e".into()) }]);
}

#[test]
fn refuses_a_row_that_is_missing_below_the_newest_embedded() {
    let rows = [row(1, "a"), row(2, "b"), row(3, "c")];
    refuses(&rows, &[Refusal::Missing { version: 3, name: "c".into() }]);
}

#[test]
fn refuses_an_edited_migration() {
    let recorded = Checksum::new([9; 32]);
    let edited = Row { checksum: recorded.to_string(), ..row(2, "b") };
    let embedded = EMBEDDED[1].checksum();
    refuses(&[row(1, "a"), edited], &[Refusal::Edited { path: "b", embedded, recorded }]);
}

#[test]
fn accepts_an_older_text_that_the_file_accepts() {
    let with = |checksum: u8, row| Row { checksum: of(checksum).to_string(), ..row };
    let refuse = OutOfOrder::Refuse;
    for checksum in [101, 102] {
        let older = format!("run [2, 4], skip [1], renamed [], newer [], older [(1, {checksum})]");
        accepts(&[with(checksum, row(1, "a"))], refuse, &older);
    }
    let renamed = r#"run [2, 4], skip [1], renamed [(1, "x")], newer [], older [(1, 101)]"#;
    accepts(&[with(101, row(1, "x"))], refuse, renamed);
}

#[test]
fn refuses_an_older_text_that_the_file_does_not_accept() {
    let rows = |first: u8, second: u8| {
        let rows = [(first, row(1, "a")), (second, row(2, "b"))];
        rows.map(|(checksum, row)| Row { checksum: of(checksum).to_string(), ..row })
    };
    let edited = |path: &'static str, embedded: u8, recorded: u8| Refusal::Edited {
        path,
        embedded: of(embedded),
        recorded: of(recorded),
    };
    refuses(&rows(103, 2), &[edited("a", 1, 103)]);
    refuses(&rows(101, 101), &[edited("b", 2, 101)]);
}

#[test]
fn refuses_an_unfinished_migration_of_an_older_text() {
    let begun = Row { finished: false, checksum: of(101).to_string(), ..row(1, "a") };
    refuses(&[begun], &[Refusal::Unfinished { version: 1, name: "a".into() }]);
}

#[test]
fn refuses_a_checksum_that_cannot_be_read() {
    let broken = Row { checksum: "x".into(), ..row(1, "a") };
    let refusal = Refusal::UnreadableChecksum { path: "a", version: 1, recorded: "x".into() };
    refuses(&[broken], &[refusal]);
}

#[test]
fn refuses_an_unfinished_migration() {
    let begun = Row { finished: false, ..row(1, "a") };
    refuses(&[begun], &[Refusal::Unfinished { version: 1, name: "a".into() }]);
}

static BY_STATEMENT: [Migration; 2] = [
    Migration::new(Source {
        path: "a",
        version: 1,
        one_by_one: Some(OneByOne::new(
            &[Step { checksum: [7; 32], effect: Effect::Repeatable }],
            None,
        )),
        ..Source::EMPTY
    }),
    migration(2, "b", &[]),
];

fn begun(done: usize, checksum: u8) -> Row {
    let journal = Journal { done, checksum: Some(of(checksum).to_string()), ..Journal::default() };
    Row { finished: false, journal: Some(journal), ..row(1, "a") }
}

/// Also where the file's checksum is another one: what is not done may be edited. And it is not
/// late, however new the newest is.
#[test]
fn goes_on_with_what_was_begun() {
    let rows = [begun(1, 7), row(2, "b")];
    let plan = plan(&BY_STATEMENT, &rows, OutOfOrder::Refuse).unwrap();
    assert_eq!(summary(&plan), "run [1], skip [2], renamed [], newer [], done [1]");
}

#[test]
fn refuses_to_go_on_where_what_is_done_was_edited() {
    let refusals = plan(&BY_STATEMENT, &[begun(1, 8)], OutOfOrder::Refuse);
    assert_eq!(refusals, Err(vec![Refusal::DoneEdited { path: "a", done: 1 }]));
}

#[test]
fn refuses_a_version_that_is_recorded_twice() {
    let rows = [row(1, "a"), row(2, "b"), row(2, "b")];
    refuses(&rows, &[Refusal::Twice { version: 2, name: "b".into() }]);
}

/// To renew one of them would be to renew both.
#[test]
fn refuses_two_repeatable_objects_with_one_number() {
    let rows = [repeated(row(0, "view"), 9, -1), repeated(row(0, "grants"), 9, -1)];
    let refusals = super::plan(&set(&EMBEDDED, &REPEATABLES), &rows, OutOfOrder::Apply);
    assert_eq!(refusals, Err(vec![Refusal::Twice { version: -1, name: "view".into() }]));
}

/// Whichever of the two the server sends first.
#[test]
fn tells_the_same_of_two_rows_in_either_order() {
    let edited = Row { checksum: of(9).to_string(), ..row(2, "b") };
    let rows = [row(2, "b"), edited, row(1, "a")];
    let mut reversed = rows.to_vec();
    reversed.reverse();
    assert_eq!(
        plan(&EMBEDDED, &rows, OutOfOrder::Refuse),
        plan(&EMBEDDED, &reversed, OutOfOrder::Refuse)
    );
}

#[test]
fn reports_all_refusals_at_once() {
    let rows = [Row { checksum: "x".into(), ..row(1, "a") }, row(3, "c"), row(4, "d")];
    let refusals = plan(&EMBEDDED, &rows, OutOfOrder::Refuse).unwrap_err();
    assert_eq!(refusals.len(), 3);
}

fn repeated(row: Row, checksum: u8, number: i64) -> Row {
    Row { version: number, checksum: of(checksum).to_string(), ..row }
}

/// What is to be repeated, by name, number and whether it is recorded; and what is kept and removed.
#[track_caller]
fn repeats(rows: &[Row], target: Option<i64>, expected: &str) {
    let plan = super::plan(&set(&EMBEDDED, &REPEATABLES), rows, OutOfOrder::Apply).unwrap();
    let plan = plan.up_to(target);
    let repeats: Vec<_> =
        plan.repeats.iter().map(|it| (it.migration.name(), it.number, it.is_recorded)).collect();
    let kept: Vec<_> = plan.kept.iter().map(|it| it.name()).collect();
    assert_eq!(format!("{repeats:?}, kept {kept:?}, removed {:?}", plan.removed), expected);
}

#[test]
fn repeatable_objects_are_repeated_when_they_have_changed() {
    let (view, grants) = (repeated(row(0, "view"), 51, -2), repeated(row(0, "grants"), 52, -1));
    let none = "[], kept [], removed []";
    repeats(&[], None, r#"[("view", -1, false), ("grants", -2, false)], kept [], removed []"#);
    repeats(&[view.clone(), grants.clone()], None, none);
    let changed = repeated(row(0, "view"), 9, -7);
    let expected = r#"[("view", -7, true), ("grants", -1, false)], kept [], removed []"#;
    repeats(std::slice::from_ref(&changed), None, expected);
    let begun = Row { finished: false, ..view.clone() };
    repeats(&[begun, grants.clone()], None, r#"[("view", -2, true)], kept [], removed []"#);
    let gone = repeated(row(0, "gone"), 9, -3);
    repeats(&[view, grants.clone(), gone], None, r#"[], kept [], removed ["gone"]"#);
    let newer = row(9, "z");
    repeats(&[changed, grants, newer], None, r#"[], kept ["view"], removed []"#);
}

/// The smallest number may be taken; there is none below it.
#[test]
fn a_repeatable_object_gets_a_free_number() {
    let taken = [repeated(row(0, "view"), 51, i64::MIN), repeated(row(0, "gone"), 9, -1)];
    repeats(&taken, None, r#"[("grants", -2, false)], kept [], removed ["gone"]"#);
}

#[test]
fn repeatable_objects_wait_for_all_migrations() {
    let rows = [row(1, "a"), row(2, "b")];
    repeats(&rows, Some(2), "[], kept [], removed []");
    let both = r#"[("view", -1, false), ("grants", -2, false)], kept [], removed []"#;
    repeats(&rows, Some(4), both);
}

#[test]
fn refuses_a_repeatable_object_that_is_recorded_twice() {
    let rows = [repeated(row(0, "view"), 51, -1), repeated(row(0, "view"), 51, -2)];
    let refusals = super::plan(&set(&EMBEDDED, &REPEATABLES), &rows, OutOfOrder::Apply);
    assert_eq!(refusals, Err(vec![Refusal::Twice { version: -1, name: "view".into() }]));
}
