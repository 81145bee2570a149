//! What is drawn, and from how much.

use std::time::Duration;

use fastrand::Rng;

use super::{Action, Event, Moment, Plan, Process, Strike};
use crate::disaster::Disaster;
use crate::proxy::{Direction, Fate, Fault};
use crate::sets::Kind;

/// How many bytes an undisturbed run sends, and gets; `tests/bytes.rs` compares that with one. Bytes are
/// drawn from these and not from what was just measured, so that the same are drawn everywhere.
pub(crate) fn bytes(kind: Kind, direction: Direction) -> u64 {
    match (kind, direction) {
        (Kind::Transactional, Direction::ToServer) => 30_000,
        (Kind::Transactional, Direction::ToClient) => 15_000,
        (Kind::NoTransaction, Direction::ToServer) => 60_000,
        (Kind::NoTransaction, Direction::ToClient) => 40_000,
    }
}

pub(super) fn one_of<'a, T>(rng: &mut Rng, all: &'a [T]) -> &'a T {
    &all[rng.usize(..all.len())]
}

/// Two in one round out of four, unless one is given.
pub(super) fn disasters(rng: &mut Rng, given: Option<Disaster>) -> Vec<Disaster> {
    let first = *one_of(rng, &Disaster::ALL);
    let second = *one_of(rng, &Disaster::ALL);
    let are_two = rng.u8(..4) == 0;
    match given {
        Some(given) => vec![given],
        None if are_two && ![first, second].contains(&Disaster::None) && first != second => {
            vec![first, second]
        }
        None => vec![first],
    }
}

pub(super) fn processes(rng: &mut Rng, may_redo: bool) -> Vec<Process> {
    let count = rng.usize(1..=4);
    let process = |number: usize| Process {
        start: Moment(if number == 0 { 0 } else { rng.u32(..800) }),
        action: if may_redo && number > 0 && rng.bool() { Action::Redo } else { Action::Up },
        faults: Vec::new(),
    };
    (0..count).map(process).collect()
}

impl Plan {
    /// Adds what a disaster does.
    pub(super) fn add(&mut self, rng: &mut Rng, disaster: Disaster) {
        match disaster {
            Disaster::None => {}
            Disaster::Kill => self.kill(rng),
            Disaster::Pause => self.pause(rng),
            Disaster::Cut => self.hurt(rng, |_| Fate::Cut),
            Disaster::Delay => self.hurt(rng, delay),
            Disaster::Silence => self.hurt(rng, |rng| Fate::Silence {
                both: rng.bool(),
                until_cut: milliseconds(rng, 400),
            }),
            Disaster::Terminate => self.strike(rng, 3, |rng| Strike::Terminate(rng.usize(..4))),
            Disaster::Cancel => self.strike(rng, 4, |rng| Strike::Cancel(rng.usize(..4))),
            Disaster::BackendCrash => {
                self.strike(rng, 1, |rng| Strike::KillBackend(rng.usize(..4)));
            }
            Disaster::Restart => self.strike(rng, 1, |_| Strike::RestartServer),
            Disaster::Crash => self.strike(rng, 1, |_| Strike::CrashServer),
            Disaster::DiskFull => {
                let left = rng.u64(..300_000);
                self.strike_for_a_while(rng, Strike::FillDisk { left }, Strike::EmptyDisk);
            }
            Disaster::MaxConnections => {
                self.strike_for_a_while(rng, Strike::TakeConnections, Strike::GiveConnections);
            }
            Disaster::StatementTimeout => {
                self.settings.push(("statement_timeout", rng.u32(1..40)));
            }
            Disaster::IdleTimeout => {
                self.settings.push(("idle_in_transaction_session_timeout", rng.u32(1..40)));
                self.hurt(rng, delay);
                self.hurt(rng, delay);
            }
        }
    }

    /// Each process or some, once.
    fn kill(&mut self, rng: &mut Rng) {
        let all = rng.bool();
        for number in 0..self.processes.len() {
            if all || rng.bool() || number == 0 {
                let at = self.moment_of(rng, number);
                self.events.push(Event { at, strike: Strike::Kill(number) });
            }
        }
    }

    fn pause(&mut self, rng: &mut Rng) {
        let number = rng.usize(..self.processes.len());
        let at = self.moment_of(rng, number);
        let until = Moment(at.0 + rng.u32(100..3000));
        self.events.push(Event { at, strike: Strike::Stop(number) });
        self.events.push(Event { at: until, strike: Strike::Continue(number) });
    }

    /// From when a process starts until somewhat later than it would end alone.
    fn moment_of(&self, rng: &mut Rng, number: usize) -> Moment {
        Moment(self.processes[number].start.0 + rng.u32(..1000))
    }

    /// Up to three connections of each process.
    fn hurt(&mut self, rng: &mut Rng, mut fate: impl FnMut(&mut Rng) -> Fate) {
        for number in 0..self.processes.len() {
            for _ in 0..rng.usize(1..=3) {
                let direction = *one_of(rng, &[Direction::ToServer, Direction::ToClient]);
                let byte = rng.u64(..bytes(self.kind, direction));
                let fault = Fault { direction, byte, fate: fate(rng) };
                self.processes[number].faults.push(fault);
            }
        }
    }

    fn strike(&mut self, rng: &mut Rng, most: usize, mut what: impl FnMut(&mut Rng) -> Strike) {
        for _ in 0..rng.usize(1..=most) {
            let at = Moment(rng.u32(..1300));
            self.events.push(Event { at, strike: what(rng) });
        }
    }

    fn strike_for_a_while(&mut self, rng: &mut Rng, begin: Strike, end: Strike) {
        let at = Moment(rng.u32(..1000));
        let until = Moment(at.0 + rng.u32(100..2500));
        self.events.push(Event { at, strike: begin });
        self.events.push(Event { at: until, strike: end });
    }
}

fn delay(rng: &mut Rng) -> Fate {
    Fate::Delay(milliseconds(rng, 120))
}

fn milliseconds(rng: &mut Rng, most: u64) -> Duration {
    Duration::from_millis(rng.u64(1..=most))
}
