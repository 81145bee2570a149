//! The texts of each set in order, which `benches/generate.py` lists.

include!("../../../sql/bare.rs");

pub(crate) fn of(set: &str) -> Option<&'static [&'static str]> {
    SETS.iter().find(|(name, _)| *name == set).map(|(_, files)| *files)
}
