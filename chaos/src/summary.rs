use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use crate::arguments::Format;
use crate::plan::Plan;
use crate::round::Outcome;

const COLUMNS: [&str; 10] = [
    "migrations",
    "disaster",
    "rounds",
    "processes",
    "killed",
    "failed",
    "cut",
    "in doubt",
    "recovery, mean",
    "recovery, max",
];

/// What came of many rounds, by migrations and disaster.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    rows: BTreeMap<(&'static str, usize, String), Row>,
    not_tried: BTreeMap<String, u64>,
}

#[derive(Debug, Default, Serialize)]
struct Row {
    migrations: String,
    disaster: String,
    rounds: u32,
    processes: usize,
    killed: usize,
    failed: usize,
    connections_cut: u32,
    in_doubt: usize,
    #[serde(skip)]
    recovery: Duration,
    recovery_mean_ms: u64,
    recovery_max_ms: u64,
}

impl Summary {
    pub(crate) fn add(&mut self, plan: &Plan, outcome: &Outcome) {
        let title = plan.title();
        let place = if plan.disasters.len() > 1 { usize::MAX } else { plan.disasters[0] as usize };
        let row = self.rows.entry((plan.kind.name(), place, title.clone())).or_default();
        row.migrations = plan.kind.to_string();
        row.disaster = title;
        row.add(outcome);
    }

    /// A round that could not be tried here is told, and not left out silently.
    pub(crate) fn could_not_try(&mut self, why: String) {
        *self.not_tried.entry(why).or_default() += 1;
    }

    pub(crate) fn write(&self, format: Format) -> serde_json::Result<String> {
        match format {
            Format::Text => Ok(self.text()),
            Format::Markdown => Ok(self.markdown()),
            Format::Json => self.json(),
        }
    }

    fn json(&self) -> serde_json::Result<String> {
        #[derive(Serialize)]
        struct Document<'a> {
            rows: Vec<&'a Row>,
            not_tried: &'a BTreeMap<String, u64>,
        }
        let rows = self.rows.values().collect();
        let mut text =
            serde_json::to_string_pretty(&Document { rows, not_tried: &self.not_tried })?;
        text.push('\n');
        Ok(text)
    }

    fn markdown(&self) -> String {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let mut text = line(&COLUMNS.map(String::from));
        text += &line(&COLUMNS.map(|_| "---".into()));
        self.cells().iter().for_each(|cells| text += &line(cells));
        text + &self.told_not_tried()
    }

    fn text(&self) -> String {
        let mut lines = self.cells();
        lines.insert(0, COLUMNS.map(String::from));
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
        let widths: Vec<_> = (0..COLUMNS.len()).map(|column| width(column).unwrap_or(0)).collect();
        let mut text = String::new();
        for line in &lines {
            for (number, (cell, width)) in line.iter().zip(&widths).enumerate() {
                // Writing to a string cannot fail.
                let _ = match number {
                    0 | 1 => write!(text, "{cell:width$}  "),
                    _ => write!(text, "{cell:>width$}  "),
                };
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        text + &self.told_not_tried()
    }

    fn cells(&self) -> Vec<[String; COLUMNS.len()]> {
        let mut rows: Vec<_> = self.rows.values().map(Row::cells).collect();
        let mut all = Row { disaster: "all".into(), ..Row::default() };
        self.rows.values().for_each(|row| all.merge(row));
        rows.push(all.cells());
        rows
    }

    fn told_not_tried(&self) -> String {
        let tell =
            |(why, rounds): (&String, &u64)| format!("\nnot tried in {rounds} rounds: {why}\n");
        self.not_tried.iter().map(tell).collect()
    }
}

impl Row {
    fn add(&mut self, outcome: &Outcome) {
        let one = Self {
            rounds: 1,
            processes: outcome.processes,
            killed: outcome.killed,
            failed: outcome.failed,
            connections_cut: outcome.cuts,
            in_doubt: outcome.doubts,
            recovery: outcome.recovery,
            recovery_max_ms: milliseconds(outcome.recovery),
            ..Self::default()
        };
        self.merge(&one);
    }

    fn merge(&mut self, other: &Self) {
        self.rounds += other.rounds;
        self.processes += other.processes;
        self.killed += other.killed;
        self.failed += other.failed;
        self.connections_cut += other.connections_cut;
        self.in_doubt += other.in_doubt;
        self.recovery += other.recovery;
        self.recovery_mean_ms = milliseconds(self.recovery / self.rounds.max(1));
        self.recovery_max_ms = self.recovery_max_ms.max(other.recovery_max_ms);
    }

    fn cells(&self) -> [String; COLUMNS.len()] {
        [
            self.migrations.clone(),
            self.disaster.clone(),
            self.rounds.to_string(),
            self.processes.to_string(),
            self.killed.to_string(),
            self.failed.to_string(),
            self.connections_cut.to_string(),
            self.in_doubt.to_string(),
            format!("{} ms", self.recovery_mean_ms),
            format!("{} ms", self.recovery_max_ms),
        ]
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
