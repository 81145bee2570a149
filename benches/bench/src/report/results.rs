//! The samples of all tables.

use std::collections::BTreeMap;

use crate::Result;
use crate::machine::Conditions;
use crate::programs::{Contestant, PEERS};
use crate::report::figures::list;
use crate::samples::Samples;
use crate::statistics::Summary;
use crate::tables::names;

#[derive(Debug)]
pub(crate) struct Results(BTreeMap<&'static str, Samples>);

impl Results {
    pub(crate) fn load() -> Result<Self> {
        let mut tables = BTreeMap::new();
        for name in names() {
            if let Some(samples) = Samples::load(name)? {
                tables.insert(name, samples);
            }
        }
        Ok(Self(tables))
    }

    pub(crate) fn samples(&self, table: &str, cell: &str, measure: &str) -> &[f64] {
        self.0.get(table).map(|samples| samples.get(cell, measure)).unwrap_or_default()
    }

    pub(crate) fn summary(&self, table: &str, cell: &str, measure: &str) -> Option<Summary> {
        Summary::of(self.samples(table, cell, measure))
    }

    pub(crate) fn median(&self, table: &str, cell: &str, measure: &str) -> Option<f64> {
        Some(self.summary(table, cell, measure)?.median)
    }

    /// The peer with the least median, under the same conditions.
    pub(crate) fn best_peer(&self, table: &str, of: &str, measure: &str) -> Option<Contestant> {
        let median = |peer: &Contestant| self.median(table, &format!("{of}/{peer}"), measure);
        let peers = PEERS.into_iter().filter_map(|peer| Some((peer, median(&peer)?)));
        Some(peers.min_by(|(_, a), (_, b)| a.total_cmp(b))?.0)
    }

    /// What was measured of us in terms of another.
    pub(crate) fn ratio(&self, table: &str, of: &str, measure: &str, to: &str) -> Option<Summary> {
        let samples = |who: &str| self.samples(table, &format!("{of}/{who}"), measure);
        Summary::ratio(samples("ours"), samples(to))
    }

    pub(crate) fn cells(&self, table: &str) -> Vec<(&String, &BTreeMap<String, Vec<f64>>)> {
        self.0.get(table).map(|samples| samples.cells().collect()).unwrap_or_default()
    }

    /// Under which conditions all of it was measured; where they changed meanwhile, all of them.
    pub(crate) fn conditions(&self) -> String {
        let of = |field: fn(&Conditions) -> String| {
            let values = self.0.values().map(|samples| field(&samples.conditions));
            let mut values: Vec<_> = values.filter(|value| !value.is_empty()).collect();
            values.sort();
            values.dedup();
            list(&values)
        };
        let loads: Vec<_> = self.0.values().flat_map(|it| it.conditions.load.clone()).collect();
        let [least, most] = [
            loads.iter().copied().fold(f64::INFINITY, f64::min),
            loads.iter().copied().fold(0.0, f64::max),
        ];
        format!(
            "\n- {}, {} cores, {}\n- {}, {}\n- This repository at {}\n- Load of the machine from {least:.1} to {most:.1}\n",
            of(|it| it.processor.clone()),
            of(|it| if it.cores > 0 { it.cores.to_string() } else { String::new() }),
            of(|it| it.kernel.clone()),
            of(|it| it.rustc.clone()),
            of(|it| it.postgresql.clone()),
            of(|it| it.revision.clone()),
        )
    }
}
