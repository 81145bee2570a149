//! The same decisions, made another way: for each version and each object by itself, from what the case
//! says and not from rows.

use std::collections::BTreeSet;

use super::cases::{
    Case, Entry, File, OBJECTS, ObjectRow, STEPS, Slot, State, VERSIONS, checksum, name,
};
use crate::standing::OutOfOrder;

type Words = BTreeSet<String>;

/// What is to be told of a case: each decision, or each refusal.
pub(super) fn told(case: &Case) -> Result<Words, Words> {
    let mut told = Told::default();
    case.slots.iter().zip(VERSIONS).for_each(|(slot, version)| told.version(case, version, slot));
    (0..OBJECTS.len()).for_each(|object| told.object(case, object));
    if told.refused.is_empty() { Ok(told.decided) } else { Err(told.refused) }
}

#[derive(Default)]
struct Told {
    decided: Words,
    refused: Words,
}

impl Told {
    fn decide(&mut self, words: String) {
        self.decided.insert(words);
    }

    fn refuse(&mut self, words: String) {
        self.refused.insert(words);
    }

    fn version(&mut self, case: &Case, version: i64, slot: &Slot) {
        if slot.entries.len() > 1 {
            self.refuse(format!("{version} twice"));
        }
        // Of two, the one counts that is first by name, checksum and state.
        let entry = slot.entries.iter().min_by_key(|entry| rank(version, entry));
        match (&slot.file, entry) {
            (None, None) => {}
            (None, Some(_)) if newest_embedded(case) < Some(version) => {
                let renamed = if entry.is_some_and(|it| it.is_renamed) { "-renamed" } else { "" };
                self.decide(format!("{version} {}{renamed} is newer", name(version)));
            }
            (None, Some(_)) => self.refuse(format!("{version} missing")),
            (Some(_), None) => self.absent(case, version),
            (Some(file), Some(entry)) => self.both(case, version, file, entry),
        }
    }

    fn absent(&mut self, case: &Case, version: i64) {
        match newest_recorded(case).filter(|newest| *newest > version) {
            Some(newest) if case.out_of_order == OutOfOrder::Refuse => {
                self.refuse(format!("{} late behind {newest}", name(version)));
            }
            _ => self.pending(case, version, None),
        }
    }

    fn pending(&mut self, case: &Case, version: i64, done: Option<usize>) {
        if case.target.is_none_or(|target| version <= target) {
            self.decide(format!("{version} is pending, done {done:?}"));
        }
    }

    fn both(&mut self, case: &Case, version: i64, file: &File, entry: &Entry) {
        let path = name(version);
        match (&entry.state, entry.text) {
            (State::Begun, _) => self.refuse(format!("{version} unfinished")),
            (State::Journal { .. }, _) if !file.is_one_by_one => {
                self.refuse(format!("{path} now transactional"));
            }
            (State::Journal { done, up_to, running }, _) => {
                let as_it_was = |number| Some((file.text, number));
                if *up_to != if *done == 0 { None } else { as_it_was(*done) } || *done > STEPS {
                    self.refuse(format!("{path} edited where done"));
                } else if running.is_some() && (*running != as_it_was(done + 1) || *done == STEPS) {
                    self.refuse(format!("{path} edited where running"));
                } else {
                    self.pending(case, version, Some(*done));
                }
            }
            (State::Finished, None) => self.refuse(format!("{version} unreadable")),
            (State::Finished, Some(text)) if text == file.text || file.accepts.contains(&text) => {
                self.applied(version, file, text, entry.is_renamed);
            }
            (State::Finished, Some(text)) => {
                self.refuse(format!("{path} edited from {}", checksum(version, text)));
            }
        }
    }

    fn applied(&mut self, version: i64, file: &File, text: u8, is_renamed: bool) {
        self.decide(format!("{version} is skipped"));
        if is_renamed {
            self.decide(format!("{version} was {}-renamed", name(version)));
        }
        if text != file.text {
            self.decide(format!("{version} was {}", checksum(version, text)));
        }
    }

    fn object(&mut self, case: &Case, object: usize) {
        let name = OBJECTS[object];
        let mut rows = rows_of(case, object);
        let all = rows.len();
        rows.retain(|row| !has_number_of_another(case, row));
        if all > 1 || rows.len() < all {
            self.refuse(format!("{name} twice"));
        }
        let row = rows.into_iter().min_by_key(|row| rank_of(row));
        let is_old = newest_recorded(case) > newest_embedded(case);
        let is_as =
            |text: u8| row.is_some_and(|row: &ObjectRow| row.is_finished && row.text == text);
        match case.objects[object] {
            None if row.is_some() && !is_old => self.decide(format!("{name} is removed")),
            Some(text) if !is_as(text) && is_old => self.decide(format!("{name} is kept")),
            Some(text) if !is_as(text) && !is_cut_off(case) => {
                self.decide(format!("{name} is repeated, recorded {}", row.is_some()));
            }
            _ => {}
        }
    }
}

fn rank(version: i64, entry: &Entry) -> (bool, String, State) {
    let text = entry.text.map_or("sha256:?".into(), |text| checksum(version, text).to_string());
    (entry.is_renamed, text, entry.state.clone())
}

fn rows_of(case: &Case, object: usize) -> Vec<&ObjectRow> {
    case.object_rows.iter().filter(|row| row.object == object).collect()
}

/// Of rows with the same number, the first by name counts, and so on.
fn has_number_of_another(case: &Case, row: &ObjectRow) -> bool {
    case.object_rows.iter().any(|it| it.number == row.number && rank_of(it) < rank_of(row))
}

fn rank_of(row: &ObjectRow) -> (i64, usize, u8, bool) {
    (row.number, row.object, row.text, row.is_finished)
}

fn newest_embedded(case: &Case) -> Option<i64> {
    let embedded = case.slots.iter().zip(VERSIONS).filter(|(slot, _)| slot.file.is_some());
    embedded.map(|(_, version)| version).next_back()
}

fn newest_recorded(case: &Case) -> Option<i64> {
    let recorded = case.slots.iter().zip(VERSIONS).filter(|(slot, _)| !slot.entries.is_empty());
    recorded.map(|(_, version)| version).next_back()
}

/// Whether a migration is pending behind the target.
fn is_cut_off(case: &Case) -> bool {
    let is_pending = |slot: &Slot| {
        let is_finished = |entry: &Entry| matches!(entry.state, State::Finished);
        slot.file.is_some() && !slot.entries.iter().any(is_finished)
    };
    let behind = |version: i64| case.target.is_some_and(|target| version > target);
    case.slots.iter().zip(VERSIONS).any(|(slot, version)| is_pending(slot) && behind(version))
}
