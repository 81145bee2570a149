//! How far a migration has got whose statements run one by one, as its row tells.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use crate::migration::{Checksum, Migration};
use crate::refusal::Refusal;

/// What a row says of an unfinished migration.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Journal {
    /// How many statements are done.
    pub(crate) done: usize,
    /// The checksum of the file up to there; nothing where none is done.
    pub(crate) checksum: Option<String>,
    /// The statement that may be running, or may have been running when its runner was lost.
    pub(crate) in_flight: Option<InFlight>,
    /// Who works on it, or did.
    pub(crate) worker: Option<Worker>,
    /// How many rows its batches have changed.
    pub(crate) rows: u64,
}

/// A statement that was begun outside of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct InFlight {
    /// The checksum of the file up to it, and with it.
    pub(crate) checksum: String,
    /// What the catalog showed before it.
    pub(crate) before: Before,
}

/// What the catalog showed of what a statement makes or removes, before it ran.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Before {
    pub(crate) was_there: bool,
    /// The numbers of objects that were there, so that new ones can be told from them.
    pub(crate) oids: Vec<u32>,
}

/// A runner, and the process of the server that works for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Worker {
    pub(crate) pid: i32,
    /// What tells it from all others.
    pub(crate) token: String,
}

/// Compares what a row says with the file, and tells where to go on.
pub(crate) fn compare(journal: &Journal, migration: &Migration) -> Result<(), Refusal> {
    let path = migration.path();
    if migration.is_transactional() {
        return Err(Refusal::NowTransactional { path, done: journal.done });
    }
    if !is_up_to(journal.done, journal.checksum.as_deref(), migration) {
        return Err(Refusal::DoneEdited { path, done: journal.done });
    }
    let running = journal.in_flight.as_ref().map(|in_flight| in_flight.checksum.as_str());
    if running.is_some() && !is_up_to(journal.done + 1, running, migration) {
        return Err(Refusal::RunningEdited { path, number: journal.done + 1 });
    }
    Ok(())
}

/// Whether it is the checksum of so many statements; of none there is none.
fn is_up_to(statements: usize, checksum: Option<&str>, migration: &Migration) -> bool {
    match (statements.checked_sub(1), checksum) {
        (None, None) => true,
        (Some(last), Some(checksum)) => migration
            .steps()
            .get(last)
            .is_some_and(|step| Checksum::new(step.checksum).to_string() == checksum),
        _ => false,
    }
}

impl InFlight {
    /// As the table keeps it: the checksum, then what was there before.
    pub(crate) fn write(checksum: &impl ToString, before: &Before) -> String {
        let was_there = before.was_there.then(|| "there".to_owned());
        let oids = before.oids.iter().map(ToString::to_string);
        let words: Vec<_> =
            [checksum.to_string()].into_iter().chain(was_there).chain(oids).collect();
        words.join(" ")
    }

    /// What was written otherwise has no checksum that any statement has.
    pub(crate) fn parse(text: &str) -> Self {
        let mut words = text.split(' ');
        let checksum = words.next().unwrap_or_default();
        let mut before = Before::default();
        for word in words {
            before.was_there |= word == "there";
            before.oids.extend(word.parse::<u32>());
        }
        if Self::write(&checksum, &before) == text {
            Self { checksum: checksum.into(), before }
        } else {
            Self { checksum: text.into(), before: Before::default() }
        }
    }
}

impl Worker {
    /// The hasher's random keys are the standard library's only source of chance.
    pub(crate) fn new(pid: i32) -> Self {
        Self { pid, token: format!("{:016x}", RandomState::new().build_hasher().finish()) }
    }

    /// As the table keeps it.
    pub(crate) fn write(&self) -> String {
        format!("{} {}", self.pid, self.token)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (pid, token) = text.split_once(' ')?;
        let worker = Self { pid: pid.parse().ok()?, token: token.into() };
        Some(worker).filter(|worker| worker.write() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::{Before, InFlight, Journal, Worker, compare};
    use crate::__private::{Effect, OneByOne, Source, Step};
    use crate::migration::{Checksum, Migration};
    use crate::refusal::Refusal;

    const fn step(byte: u8) -> Step {
        Step { checksum: [byte; 32], effect: Effect::Transactional }
    }

    static FILE: Migration = Migration::new(Source {
        path: "file",
        one_by_one: Some(OneByOne::new(&[step(1), step(2), step(3)], None)),
        ..Source::EMPTY
    });

    fn of(byte: u8) -> Checksum {
        Checksum::new([byte; 32])
    }

    fn journal(done: usize, checksum: u8, in_flight: Option<u8>) -> Journal {
        let in_flight = in_flight.map(|byte| InFlight::parse(&of(byte).to_string()));
        let checksum = (checksum > 0).then(|| of(checksum).to_string());
        Journal { done, checksum, in_flight, ..Journal::default() }
    }

    #[test]
    fn what_is_done_and_what_runs_must_be_as_it_was() {
        let edited = |done| Err(Refusal::DoneEdited { path: "file", done });
        let cases = [
            (journal(0, 0, None), Ok(())),
            (journal(0, 0, Some(1)), Ok(())),
            (journal(2, 2, None), Ok(())),
            (journal(2, 2, Some(3)), Ok(())),
            (journal(3, 3, None), Ok(())),
            (journal(2, 9, None), edited(2)),
            (journal(2, 0, None), edited(2)),
            (journal(4, 4, None), edited(4)),
            (journal(4, 0, None), edited(4)),
            (journal(usize::MAX, 0, Some(1)), edited(usize::MAX)),
            (journal(0, 1, None), edited(0)),
            (journal(1, 1, Some(3)), Err(Refusal::RunningEdited { path: "file", number: 2 })),
            (journal(3, 3, Some(4)), Err(Refusal::RunningEdited { path: "file", number: 4 })),
        ];
        for (journal, expected) in cases {
            assert_eq!(compare(&journal, &FILE), expected, "{journal:?}");
        }
    }

    #[test]
    fn a_file_that_has_become_transactional_is_refused() {
        static NOW: Migration = Migration::new(Source { path: "file", ..Source::EMPTY });
        let refusal = Refusal::NowTransactional { path: "file", done: 1 };
        assert_eq!(compare(&journal(1, 1, None), &NOW), Err(refusal));
    }

    #[test]
    fn reads_what_it_writes() {
        for before in [
            Before::default(),
            Before { was_there: true, oids: Vec::new() },
            Before { was_there: false, oids: vec![16384, 4_294_967_295] },
        ] {
            let expected = InFlight { checksum: of(7).to_string(), before: before.clone() };
            assert_eq!(InFlight::parse(&InFlight::write(&of(7), &before)), expected);
        }
        let worker = Worker { pid: 4711, token: "0123".into() };
        assert_eq!(Worker::parse(&worker.write()), Some(worker));
        assert_eq!(Worker::parse("nobody"), None);
        assert_eq!(Worker::parse("+4711 0123"), None);
    }

    #[test]
    fn what_it_did_not_write_is_no_statement() {
        for rest in [" x", " 1 there", " there there", " 01", " 4294967296", " "] {
            let text = of(7).to_string() + rest;
            let expected = InFlight { checksum: text.clone(), before: Before::default() };
            assert_eq!(InFlight::parse(&text), expected);
        }
    }
}
