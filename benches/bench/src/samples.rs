//! Raw samples in a file for each table, so that a run can go on where it was ended.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::machine::{self, Conditions};
use crate::programs::benches;

/// All samples of a table: by cell, such as "1000 at 10 ms/ours", and by what was measured of it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Samples {
    #[serde(default)]
    pub(crate) conditions: Conditions,
    samples: BTreeMap<String, BTreeMap<String, Vec<f64>>>,
}

/// One sample of everything that is measured of a cell.
pub(crate) type Sample = Vec<(&'static str, f64)>;

impl Samples {
    /// Those of the table, or none yet.
    pub(crate) fn load(table: &str) -> Result<Option<Self>> {
        match fs::read_to_string(path(table)) {
            Ok(text) => Ok(Some(serde_json::from_str(&text)?)),
            Err(_) => Ok(None),
        }
    }

    pub(crate) fn new() -> Self {
        Self { conditions: Conditions::now(), samples: BTreeMap::new() }
    }

    /// Writes beside the file and renames, so that whoever ends the run loses no sample.
    pub(crate) fn save(&mut self, table: &str) -> Result {
        self.conditions.load.truncate(1);
        self.conditions.load.push(machine::load());
        let (path, text) = (path(table), serde_json::to_string_pretty(self)?);
        fs::create_dir_all(benches().join("results"))?;
        fs::write(path.with_extension("new"), text)?;
        Ok(fs::rename(path.with_extension("new"), path)?)
    }

    pub(crate) fn push(&mut self, cell: &str, sample: Sample) {
        let measures = self.samples.entry(cell.into()).or_default();
        for (measure, value) in sample {
            measures.entry(measure.into()).or_default().push(value);
        }
    }

    /// How many samples there are of a cell.
    pub(crate) fn count(&self, cell: &str) -> usize {
        let measures = self.samples.get(cell).into_iter().flat_map(BTreeMap::values);
        measures.map(Vec::len).max().unwrap_or_default()
    }

    pub(crate) fn get(&self, cell: &str, measure: &str) -> &[f64] {
        let samples = self.samples.get(cell).and_then(|measures| measures.get(measure));
        samples.map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn cells(&self) -> impl Iterator<Item = (&String, &BTreeMap<String, Vec<f64>>)> {
        self.samples.iter()
    }
}

fn path(table: &str) -> PathBuf {
    benches().join("results").join(format!("{table}.json"))
}
