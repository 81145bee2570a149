//! Any embedded list against any history: mostly what happens, sometimes what nobody would believe.

use proptest::collection::vec;
use proptest::prelude::*;

use super::cases::{Case, Entry, File, NUMBERS, OBJECTS, ObjectRow, STEPS, Slot, State, VERSIONS};
use crate::standing::OutOfOrder;

pub(super) fn case() -> impl Strategy<Value = Case> {
    let odd = prop_oneof![6 => Just(None), 1 => vec(entry(), 0..3).prop_map(Some)];
    let slot = (prop::option::weighted(0.8, file()), odd);
    let applied = 0..=VERSIONS.len();
    let history = (vec(slot, VERSIONS.len()), applied).prop_map(|(slots, applied)| {
        slots
            .into_iter()
            .enumerate()
            .map(|(at, (file, odd))| slot_of(file, odd, at < applied))
            .collect()
    });
    let objects = vec(prop::option::of(0..2_u8), OBJECTS.len());
    let target = prop::option::weighted(0.3, prop::sample::select(&VERSIONS[..]));
    (history, objects, vec(object_row(), 0..4), policy(), target).prop_map(
        |(slots, objects, object_rows, out_of_order, target)| Case {
            slots,
            objects,
            object_rows,
            out_of_order,
            target,
        },
    )
}

/// What a runner left that was never disturbed: the first of what is embedded is recorded.
pub(super) fn honest() -> impl Strategy<Value = Case> {
    let usual = File { text: 0, accepts: vec![], is_one_by_one: false, has_down: false };
    let file = any::<bool>().prop_map(move |has_down| File { has_down, ..usual.clone() });
    let files = vec(prop::option::weighted(0.8, file), VERSIONS.len());
    let objects = vec(prop::option::of(0..2_u8), OBJECTS.len());
    (files, objects, 0..=VERSIONS.len()).prop_map(|(files, objects, applied)| {
        let is_applied = |at: usize, file: &Option<File>| at < applied && file.is_some();
        let files = files.into_iter().enumerate();
        let slots = files.map(|(at, file)| {
            let entries = if is_applied(at, &file) { vec![Entry::usual()] } else { vec![] };
            Slot { file, entries }
        });
        let (slots, out_of_order) = (slots.collect(), OutOfOrder::Refuse);
        Case { slots, objects, object_rows: vec![], out_of_order, target: None }
    })
}

fn slot_of(file: Option<File>, odd: Option<Vec<Entry>>, is_applied: bool) -> Slot {
    let usual = if is_applied && file.is_some() { vec![Entry::usual()] } else { vec![] };
    Slot { file, entries: odd.unwrap_or(usual) }
}

fn file() -> impl Strategy<Value = File> {
    let text = prop_oneof![8 => Just(0), 1 => 1..3_u8];
    let accepts = prop_oneof![4 => Just(vec![]), 1 => vec(0..3_u8, 1..3)];
    (text, accepts, prop::bool::weighted(0.3), any::<bool>()).prop_map(
        |(text, accepts, is_one_by_one, has_down)| File { text, accepts, is_one_by_one, has_down },
    )
}

fn entry() -> impl Strategy<Value = Entry> {
    let text = prop_oneof![8 => Just(Some(0)), 2 => (1..3_u8).prop_map(Some), 1 => Just(None)];
    (prop::bool::weighted(0.2), text, state()).prop_map(|(is_renamed, text, state)| Entry {
        is_renamed,
        text,
        state,
    })
}

fn state() -> impl Strategy<Value = State> {
    let any_step = (0..2_u8, 1..=STEPS + 1);
    let odd = (0..=STEPS + 1, prop::option::of(any_step.clone()), prop::option::of(any_step))
        .prop_map(|(done, up_to, running)| State::Journal { done, up_to, running });
    let usual = (0..=STEPS, any::<bool>()).prop_map(|(done, is_running)| State::Journal {
        done,
        up_to: (done > 0).then_some((0, done)),
        running: (is_running && done < STEPS).then_some((0, done + 1)),
    });
    prop_oneof![3 => Just(State::Finished), 1 => Just(State::Begun), 2 => usual, 1 => odd]
}

fn object_row() -> impl Strategy<Value = ObjectRow> {
    let number = prop::sample::select(&NUMBERS[..]);
    (0..OBJECTS.len(), number, 0..2_u8, prop::bool::weighted(0.8)).prop_map(
        |(object, number, text, is_finished)| ObjectRow { object, number, text, is_finished },
    )
}

fn policy() -> impl Strategy<Value = OutOfOrder> {
    prop_oneof![Just(OutOfOrder::Refuse), Just(OutOfOrder::Apply)]
}
