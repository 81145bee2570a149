//! What holds for any embedded list, any history and any policy.

mod cases;
mod oracle;
mod strategies;

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{OutOfOrder, Plan, Refusal, Row, plan};
use crate::standing::compare;

use cases::{Case, recorded};
use strategies::{case, honest};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn decides_as_the_oracle_does(case in case()) {
        prop_assert_eq!(told(case.plan()), oracle::told(&case));
    }

    /// Refusals, too, are the same, and in the same order.
    #[test]
    fn decides_the_same_whatever_the_order_of_the_rows(
        case in case(),
        keys in prop::collection::vec(any::<u8>(), 32),
    ) {
        let mut keyed: Vec<_> = keys.into_iter().zip(case.rows()).collect();
        keyed.sort_by_key(|(key, _)| *key);
        let shuffled: Vec<_> = keyed.into_iter().map(|(_, row)| row).collect();
        prop_assert_eq!(plan_of(&case, &shuffled), case.plan());
    }

    #[test]
    fn leaves_out_no_file_and_no_row(case in case()) {
        let rows = case.rows();
        let items = compare(&case.embedded(), &rows, case.out_of_order);
        let files: Vec<_> = items.iter().filter_map(|item| item.migration).collect();
        for file in case.embedded().list().iter().chain(case.embedded().repeatables()) {
            prop_assert_eq!(files.iter().filter(|it| **it == file).count(), 1, "{:?}", file);
        }
        for row in &rows {
            let rows = items.iter().filter_map(|item| item.row);
            prop_assert_eq!(rows.filter(|it| std::ptr::eq(*it, row)).count(), 1, "{:?}", row);
        }
    }

    #[test]
    fn applies_by_version_and_gives_each_object_a_number_of_its_own(case in case()) {
        if let Ok(plan) = case.plan() {
            let versions: Vec<_> = plan.pending.iter().map(|it| it.migration.version()).collect();
            prop_assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");
            let new = plan.repeats.iter().filter(|it| !it.is_recorded).map(|it| it.number);
            let taken = case.rows().into_iter().map(|row| row.version);
            let numbers: Vec<_> = taken.chain(new.clone()).collect();
            prop_assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len());
            prop_assert!(new.into_iter().all(|number| number < 0));
        }
    }

    /// Once all is recorded that was to be applied, nothing is, and all the rest is as it was.
    #[test]
    fn has_nothing_to_do_behind_itself(case in case()) {
        let Ok(before) = case.plan() else { return Ok(()) };
        let behind = plan_of(&case, &recorded(&case, &before));
        let behind = behind.expect("the rows are those of the plan");
        prop_assert!(behind.is_done(), "{behind:?}");
        prop_assert_eq!(behind.skipped.len(), before.skipped.len() + before.pending.len());
        prop_assert_eq!(behind.newer, before.newer);
    }

    /// What a switch allows is what it names, and it decides nothing else.
    #[test]
    fn a_policy_lets_nothing_through_but_late_migrations(case in case()) {
        let [strict, lenient] = [OutOfOrder::Refuse, OutOfOrder::Apply]
            .map(|out_of_order| Case { out_of_order, ..case.clone() }.plan());
        match (strict, lenient) {
            (Err(mut strict), lenient) => {
                strict.retain(|refusal| !matches!(refusal, Refusal::Late { .. }));
                prop_assert_eq!(strict, lenient.err().unwrap_or_default());
            }
            (strict, lenient) => prop_assert_eq!(strict, lenient),
        }
    }

    /// A target only leaves for later, and refuses neither more nor less.
    #[test]
    fn a_target_only_cuts_off(case in case(), target in any::<prop::sample::Index>()) {
        let target = *target.get(&cases::VERSIONS);
        let whole = Case { target: None, ..case.clone() }.plan();
        let cut = Case { target: Some(target), ..case }.plan();
        let Ok(mut expected) = whole else {
            prop_assert_eq!(cut, whole);
            return Ok(());
        };
        let all = expected.pending.len();
        expected.pending.retain(|pending| pending.migration.version() <= target);
        if expected.pending.len() < all {
            expected.repeats.clear();
        }
        prop_assert_eq!(cut, Ok(expected));
    }

    /// Whatever a revert removes is pending again, and nothing else; down files decide nothing.
    #[test]
    fn what_was_reverted_is_pending_again(case in honest(), steps in 0..4_usize) {
        let mut rows = case.rows();
        rows.retain(|row| !row.is_repeatable());
        rows.sort_by_key(|row| row.version);
        let reverted = rows.split_off(rows.len().saturating_sub(steps));
        let before = case.plan().expect("the history is an honest one");
        let behind = plan_of(&case, &rows).expect("so is its beginning");
        let pending = behind.pending.iter().map(|it| it.migration.version());
        let expected = reverted.iter().map(|row| row.version)
            .chain(before.pending.iter().map(|it| it.migration.version()));
        prop_assert!(pending.eq(expected), "{behind:?}");
        prop_assert_eq!(told(case.without_downs().plan()), told(Ok(before)));
    }

    /// An older binary, of a prefix of the migrations and some of the objects, finds nothing to do
    /// behind a newer one, undoes nothing, and tells what is newer.
    #[test]
    fn an_older_binary_lets_a_newer_one_be(case in honest(), embeds in 0..8_usize) {
        let newer = case.finished();
        let rows = newer.rows();
        let older = newer.older(embeds);
        let embedded = older.embedded().list().len();
        let all = newer.embedded().list().len();
        let plan = plan_of(&older, &rows).expect("an older binary starts");
        prop_assert!(plan.is_done(), "{plan:?}");
        prop_assert_eq!((plan.skipped.len(), plan.newer.len()), (embedded, all - embedded));
        prop_assert!(embedded == all || plan.removed.is_empty());
    }
}

/// What fails becomes a case of `tests`, and no file beside the code.
fn config() -> ProptestConfig {
    ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() }
}

fn plan_of(case: &Case, rows: &[Row]) -> Result<Plan, Vec<Refusal>> {
    plan(&case.embedded(), rows, case.out_of_order).map(|plan| plan.up_to(case.target))
}

impl Case {
    fn plan(&self) -> Result<Plan, Vec<Refusal>> {
        plan_of(self, &self.rows())
    }
}

/// A plan in words, one for each decision, in any order; or each refusal in one.
fn told(plan: Result<Plan, Vec<Refusal>>) -> Result<BTreeSet<String>, BTreeSet<String>> {
    match plan {
        Ok(plan) => Ok(decisions(&plan).collect()),
        Err(refusals) => Err(refusals.iter().map(refused).collect()),
    }
}

fn decisions(plan: &Plan) -> impl Iterator<Item = String> {
    let pending = plan.pending.iter().map(|it| {
        let done = it.begun.as_ref().map(|journal| journal.done);
        format!("{} is pending, done {done:?}", it.migration.version())
    });
    let repeats = plan
        .repeats
        .iter()
        .map(|it| format!("{} is repeated, recorded {}", it.migration.name(), it.is_recorded));
    let skipped = plan.skipped.iter().map(|it| format!("{} is skipped", it.version()));
    let renamed = plan.renamed.iter().map(|(it, was)| format!("{} was {was}", it.version()));
    let older = plan.older_texts.iter().map(|(it, was)| format!("{} was {was}", it.version()));
    let newer = plan.newer.iter().map(|(version, name)| format!("{version} {name} is newer"));
    let kept = plan.kept.iter().map(|it| format!("{} is kept", it.name()));
    let removed = plan.removed.iter().map(|name| format!("{name} is removed"));
    pending
        .chain(repeats)
        .chain(skipped)
        .chain(renamed)
        .chain(older)
        .chain(newer)
        .chain(kept)
        .chain(removed)
}

fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Edited { path, recorded, .. } => format!("{path} edited from {recorded}"),
        Refusal::UnreadableChecksum { version, .. } => format!("{version} unreadable"),
        Refusal::Missing { version, .. } => format!("{version} missing"),
        Refusal::Late { path, newest } => format!("{path} late behind {}", newest.0),
        Refusal::Twice { version, name } if *version < 0 => format!("{name} twice"),
        Refusal::Twice { version, .. } => format!("{version} twice"),
        Refusal::Unfinished { version, .. } => format!("{version} unfinished"),
        Refusal::DoneEdited { path, .. } => format!("{path} edited where done"),
        Refusal::RunningEdited { path, .. } => format!("{path} edited where running"),
        Refusal::NowTransactional { path, .. } => format!("{path} now transactional"),
    }
}
