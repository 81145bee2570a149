use std::fmt;
use std::time::Duration;

use fastrand::Rng;

use crate::disaster::Disaster;
use crate::proxy::{Direction, Fate, Fault};
use crate::sets::Kind;

mod draw;

/// A moment, in thousandths of what an undisturbed run takes, from the beginning of the round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) u32);

/// All that is to happen in a round, derived from its seed and from nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What it was derived from.
    pub seed: u64,
    /// Which migrations are run.
    pub kind: Kind,
    /// What happens: one disaster, or two.
    pub disasters: Vec<Disaster>,
    pub(crate) processes: Vec<Process>,
    /// In the order in which they happen.
    pub(crate) events: Vec<Event>,
    /// Defaults of the database until the clean start, in milliseconds.
    pub(crate) settings: Vec<(&'static str, u32)>,
    /// Whether all processes run a hook.
    pub(crate) is_hooked: bool,
    /// Whether the checker waits and looks before the clean start, which else begins at once.
    pub(crate) looks_first: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) start: Moment,
    pub(crate) action: Action,
    /// What its proxy does; if nothing, it has none.
    pub(crate) faults: Vec<Fault>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Up,
    /// Reverts the newest migration, and runs.
    Redo,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) at: Moment,
    pub(crate) strike: Strike,
}

/// Something that happens at a moment. Processes are numbered from 0, and sessions by their process ids,
/// of those that are there at that moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strike {
    Start(usize),
    Kill(usize),
    Stop(usize),
    Continue(usize),
    Terminate(usize),
    Cancel(usize),
    KillBackend(usize),
    RestartServer,
    CrashServer,
    FillDisk { left: u64 },
    EmptyDisk,
    TakeConnections,
    GiveConnections,
}

/// What is given on the command line, and not drawn.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given {
    /// Which migrations are run.
    pub kind: Option<Kind>,
    /// The only disaster.
    pub disaster: Option<Disaster>,
}

impl Plan {
    /// Derives a round from its seed.
    #[must_use]
    pub fn new(seed: u64, given: Given) -> Self {
        let mut rng = Rng::with_seed(seed);
        let drawn = *draw::one_of(&mut rng, &Kind::ALL);
        let disasters = draw::disasters(&mut rng, given.disaster);
        let mut plan = Self::bare(&mut rng, seed, given.kind.unwrap_or(drawn));
        for disaster in &disasters {
            plan.add(&mut rng, *disaster);
        }
        plan.disasters = disasters;
        plan.events.sort_by_key(|event| event.at);
        plan
    }

    /// The processes, with no disaster yet.
    fn bare(rng: &mut Rng, seed: u64, kind: Kind) -> Self {
        let is_hooked = rng.u8(..5) == 0;
        let may_redo = kind == Kind::Transactional && !is_hooked && rng.u8(..4) == 0;
        let processes = draw::processes(rng, may_redo);
        let start = |(number, process): (usize, &Process)| Event {
            at: process.start,
            strike: Strike::Start(number),
        };
        let events = processes.iter().enumerate().map(start).collect();
        let (disasters, settings) = (Vec::new(), Vec::new());
        Self {
            seed,
            kind,
            disasters,
            processes,
            events,
            settings,
            is_hooked,
            looks_first: rng.bool(),
        }
    }

    /// What is called the disaster in the summary.
    pub(crate) fn title(&self) -> String {
        match self.disasters[..] {
            [only] => only.to_string(),
            _ => "two at once".into(),
        }
    }

    /// Whether every process must succeed.
    pub(crate) fn is_harmless(&self) -> bool {
        self.disasters.iter().all(|disaster| disaster.is_harmless())
    }

    pub(crate) fn crashes_server(&self) -> bool {
        self.disasters.iter().any(|disaster| disaster.crashes_server())
    }

    pub(crate) fn needs_small_disk(&self) -> bool {
        self.disasters.contains(&Disaster::DiskFull)
    }
}

impl Moment {
    pub(crate) fn of(self, undisturbed: Duration) -> Duration {
        undisturbed * self.0 / 1000
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.disasters.iter().map(|disaster| disaster.name()).collect();
        writeln!(f, "seed {}, {}, {}", self.seed, self.kind, names.join(" and "))?;
        for (setting, value) in &self.settings {
            writeln!(f, "  the database has {setting} = {value} ms")?;
        }
        if self.is_hooked {
            writeln!(f, "  all processes run a hook")?;
        }
        for Event { at, strike } in &self.events {
            writeln!(f, "  at {:4} ‰: {}", at.0, self.told(*strike))?;
        }
        let then = if self.looks_first { "a look, and a clean start" } else { "a clean start" };
        write!(f, "  then {then}")
    }
}

impl Plan {
    fn told(&self, strike: Strike) -> String {
        match strike {
            Strike::Start(number) => {
                let process = &self.processes[number];
                let faults: Vec<_> = process.faults.iter().map(fault).collect();
                format!("process {number} starts: {:?} {}", process.action, faults.join("; "))
            }
            Strike::Kill(number) => format!("process {number} is killed"),
            Strike::Stop(number) => format!("process {number} is stopped"),
            Strike::Continue(number) => format!("process {number} goes on"),
            Strike::Terminate(number) => format!("session {number} is terminated"),
            Strike::Cancel(number) => format!("the statement of session {number} is cancelled"),
            Strike::KillBackend(number) => {
                format!("the server process of session {number} is killed")
            }
            Strike::RestartServer => "the server is shut down at once, and started".into(),
            Strike::CrashServer => "the postmaster is killed, and started".into(),
            Strike::FillDisk { left } => format!("the disk is filled, but for {left} bytes"),
            Strike::EmptyDisk => "the disk has room again".into(),
            Strike::TakeConnections => "all connections are taken".into(),
            Strike::GiveConnections => "they are given back".into(),
        }
    }
}

fn fault(fault: &Fault) -> String {
    let direction = match fault.direction {
        Direction::ToServer => "to the server",
        Direction::ToClient => "to the client",
    };
    let fate = match fault.fate {
        Fate::Cut => "the connection is cut".to_owned(),
        Fate::Delay(pause) => format!("it stands still for {pause:?}"),
        Fate::Silence { both, until_cut } => {
            let what = if both { "both directions are" } else { "it is" };
            format!("{what} silent, and cut after {until_cut:?}")
        }
    };
    format!("at byte {} {direction} {fate}", fault.byte)
}
