//! Compares the counts with recorded ones.

use crate::Result;
use crate::callgrind::count;

/// Instructions of one start that has nothing to do and of one expansion of a thousand files, as they
/// were built without optimization. To be recorded anew when they have fallen.
const RECORDED: [(&str, f64); 2] = [("no-op", 225e3), ("expand", 388e6)];

/// More is a regression. Compilers and libraries differ by less.
const MARGIN: f64 = 1.25;

pub(crate) fn check() -> Result {
    let mut excess = Vec::new();
    for (what, recorded) in RECORDED {
        let counted: f64 = count(what)?.values().sum();
        let ratio = counted / recorded;
        println!("{what}: {counted:.0} instructions, {ratio:.2} of those recorded");
        if ratio > MARGIN {
            excess
                .push(format!("{what} takes {ratio:.2} of the instructions recorded in check.rs"));
        }
    }
    if excess.is_empty() { Ok(()) } else { Err(excess.join("; ").into()) }
}
