//! An embedded list, a history and a policy, in the fewest words.

use crate::__private::{Effect, Gate, OneByOne, Source, Step};
use crate::journal::{InFlight, Journal};
use crate::migration::{Checksum, Kind, Migration};
use crate::migrations::Migrations;
use crate::plan::Plan;
use crate::standing::{OutOfOrder, Row};

/// Small ones, one apart and with gaps, and the largest.
pub(super) const VERSIONS: [i64; 7] = [0, 1, 2, 5, 1000, i64::MAX - 1, i64::MAX];
/// Where the rows of repeatable objects stand.
pub(super) const NUMBERS: [i64; 4] = [-1, -2, -9, i64::MIN];
pub(super) const OBJECTS: [&str; 3] = ["grants", "totals", "view"];
/// How many statements a file has that runs statement by statement.
pub(super) const STEPS: usize = 3;

#[derive(Clone, Debug)]
pub(super) struct Case {
    /// For each of the versions, what is embedded and what is recorded.
    pub(super) slots: Vec<Slot>,
    /// For each of the objects, its text, where it is embedded.
    pub(super) objects: Vec<Option<u8>>,
    pub(super) object_rows: Vec<ObjectRow>,
    pub(super) out_of_order: OutOfOrder,
    pub(super) target: Option<i64>,
}

#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) file: Option<File>,
    pub(super) entries: Vec<Entry>,
}

/// Texts are numbers; 0 is the usual one.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) text: u8,
    pub(super) accepts: Vec<u8>,
    pub(super) is_one_by_one: bool,
    pub(super) has_down: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) is_renamed: bool,
    /// Nothing is a checksum that cannot be read.
    pub(super) text: Option<u8>,
    pub(super) state: State,
}

/// In the order of the rows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Begun,
    /// So many statements are done, up to this text and statement; and one may be running.
    Journal {
        done: usize,
        up_to: Option<At>,
        running: Option<At>,
    },
    Finished,
}

/// A text, and a number of a statement of it, from 1.
pub(super) type At = (u8, usize);

#[derive(Clone, Debug)]
pub(super) struct ObjectRow {
    pub(super) object: usize,
    pub(super) number: i64,
    pub(super) text: u8,
    pub(super) is_finished: bool,
}

impl Entry {
    pub(super) fn usual() -> Self {
        Self { is_renamed: false, text: Some(0), state: State::Finished }
    }
}

impl Case {
    pub(super) fn embedded(&self) -> Migrations {
        fn gate() -> &'static Gate {
            static GATE: Gate = Gate::new();
            &GATE
        }
        let files = self.slots.iter().zip(VERSIONS);
        let list: Vec<_> = files
            .filter_map(|(slot, version)| Some(migration(version, slot.file.as_ref()?)))
            .collect();
        let objects = self.objects.iter().zip(OBJECTS);
        let repeatables: Vec<_> =
            objects.filter_map(|(text, name)| Some(repeatable(name, (*text)?))).collect();
        Migrations::new(list.leak(), repeatables.leak(), "", "", None, gate)
    }

    pub(super) fn rows(&self) -> Vec<Row> {
        let versioned =
            self.slots.iter().zip(VERSIONS).flat_map(|(slot, version)| {
                slot.entries.iter().map(move |entry| entry.row(version))
            });
        versioned.chain(self.object_rows.iter().map(ObjectRow::row)).collect()
    }

    pub(super) fn without_downs(&self) -> Self {
        let mut case = self.clone();
        case.slots
            .iter_mut()
            .filter_map(|slot| slot.file.as_mut())
            .for_each(|file| file.has_down = false);
        case
    }

    /// All that is embedded is applied.
    pub(super) fn finished(&self) -> Self {
        let mut case = self.clone();
        for slot in case.slots.iter_mut().filter(|slot| slot.file.is_some()) {
            slot.entries = vec![Entry::usual()];
        }
        let objects = case.objects.iter().zip(NUMBERS).enumerate();
        case.object_rows = objects
            .filter_map(|(object, (text, number))| {
                Some(ObjectRow { object, number, text: (*text)?, is_finished: true })
            })
            .collect();
        case
    }

    /// The binary before: without the last versions, and then without the last object.
    pub(super) fn older(&self, embeds: usize) -> Self {
        let mut case = self.clone();
        case.slots.iter_mut().skip(embeds).for_each(|slot| slot.file = None);
        if case
            .slots
            .iter()
            .zip(&self.slots)
            .any(|(now, then)| now.file.is_some() != then.file.is_some())
        {
            case.objects.pop();
        }
        case
    }
}

/// The rows once the plan has been carried out.
pub(super) fn recorded(case: &Case, plan: &Plan) -> Vec<Row> {
    let to_apply: Vec<_> = plan.to_apply().collect();
    let is_renewed = |row: &Row| {
        to_apply.iter().any(|it| {
            if it.is_repeatable() {
                row.is_repeatable() && row.name == it.name()
            } else {
                row.version == it.version()
            }
        })
    };
    let mut rows = case.rows();
    rows.retain(|row| !is_renewed(row));
    let pending = plan.pending.iter().map(|it| (it.migration, it.migration.version()));
    let repeats = plan.repeats.iter().map(|it| (it.migration, it.number));
    rows.extend(pending.chain(repeats).map(|(migration, version)| Row {
        version,
        name: migration.name().into(),
        checksum: migration.checksum().to_string(),
        finished: true,
        journal: None,
    }));
    rows
}

pub(super) fn name(version: i64) -> &'static str {
    let names = ["a", "b", "c", "f", "thousand", "last-but-one", "last"];
    let at = VERSIONS.iter().position(|it| *it == version);
    names[at.expect("a version of the cases")]
}

pub(super) fn checksum(version: i64, text: u8) -> Checksum {
    Checksum::new(bytes(version, text, 0))
}

pub(super) fn step_checksum(version: i64, (text, number): At) -> Checksum {
    Checksum::new(bytes(version, text, u8::try_from(number).unwrap()))
}

fn bytes(version: i64, text: u8, number: u8) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&version.to_be_bytes());
    (bytes[8], bytes[9]) = (text, number);
    bytes
}

fn migration(version: i64, file: &File) -> Migration {
    let steps = (1..=STEPS).map(|number| {
        let checksum = *step_checksum(version, (file.text, number)).as_bytes();
        Step { checksum, effect: Effect::Transactional }
    });
    let accepted: Vec<_> = file.accepts.iter().map(|text| bytes(version, *text, 0)).collect();
    let source = Source {
        version,
        name: name(version),
        path: name(version),
        checksum: bytes(version, file.text, 0),
        accepted: accepted.leak(),
        ..Source::EMPTY
    };
    let down = Migration::new(Source { kind: Kind::Down, checksum: [9; 32], ..source });
    Migration::new(Source {
        one_by_one: file
            .is_one_by_one
            .then(|| OneByOne::new(steps.collect::<Vec<_>>().leak(), None)),
        down: file.has_down.then(|| &*Box::leak(Box::new(down))),
        ..source
    })
}

fn repeatable(name: &'static str, text: u8) -> Migration {
    let (kind, checksum) = (Kind::Repeatable, [text; 32]);
    Migration::new(Source { kind, name, path: name, checksum, ..Source::EMPTY })
}

impl Entry {
    fn row(&self, version: i64) -> Row {
        let name = name(version).to_owned() + if self.is_renamed { "-renamed" } else { "" };
        let checksum =
            self.text.map_or("sha256:?".into(), |text| checksum(version, text).to_string());
        let (finished, journal) = match &self.state {
            State::Finished => (true, None),
            State::Begun => (false, None),
            State::Journal { done, up_to, running } => {
                (false, Some(journal(version, *done, *up_to, *running)))
            }
        };
        Row { version, name, checksum, finished, journal }
    }
}

fn journal(version: i64, done: usize, up_to: Option<At>, running: Option<At>) -> Journal {
    let text = |step| step_checksum(version, step).to_string();
    let in_flight = running.map(|step| InFlight::parse(&text(step)));
    Journal { done, checksum: up_to.map(text), in_flight, ..Journal::default() }
}

impl ObjectRow {
    fn row(&self) -> Row {
        Row {
            version: self.number,
            name: OBJECTS[self.object].into(),
            checksum: Checksum::new([self.text; 32]).to_string(),
            finished: self.is_finished,
            journal: None,
        }
    }
}
