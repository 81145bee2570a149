//! Who migrates now.

use migrations_runtime::{Holder, Phase};

use super::html::escape;

/// Without the statement, which may hold what is not for everybody.
pub(super) fn running(holder: &Holder) -> String {
    let percent = holder.phase.as_ref().and_then(Phase::percent);
    let bar = percent.map_or_else(String::new, |percent| {
        format!(
            "<p><progress max=\"100\" value=\"{percent:.0}\" aria-label=\"progress of this phase\">\
             </progress> {percent:.0} %</p>\n"
        )
    });
    format!("<h2>Running now</h2>\n<p>{}</p>\n{bar}", escape(&told(holder)))
}

fn told(Holder { pid, application_name, state, age, phase, .. }: &Holder) -> String {
    let mut told = format!("pid {pid}");
    if !application_name.is_empty() {
        told = format!("{told}, {application_name}");
    }
    if !state.is_empty() {
        told = format!("{told}, {state}");
    }
    if let Some(age) = age {
        told = format!("{told}, transaction open for {:.1} s", age.as_secs_f64());
    }
    phase.as_ref().map_or_else(|| told.clone(), |phase| format!("{told}: {phase}"))
}
