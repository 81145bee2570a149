//! A row of the page's table.

use humantime::format_rfc3339_seconds;
use migrations_runtime::{Entry, Recorded};

use super::html::escape;

/// The bar of its duration is as long as its part of the longest one.
pub(super) fn row(entry: &Entry, longest: f64) -> String {
    let version = entry.version().map_or_else(|| "repeatable".into(), |it| it.to_string());
    let recorded = entry.recorded.as_ref();
    format!(
        "<tr class=\"{state}\"><td>{version}</td><th scope=\"row\">{}</th><td>{state}</td><td>{}</td>\
         <td>{}</td><td>{}</td></tr>\n",
        escape(entry.name()),
        recorded.map(time).unwrap_or_default(),
        recorded.map(|recorded| duration(recorded, longest)).unwrap_or_default(),
        recorded.map(who).unwrap_or_default(),
        state = entry.state,
    )
}

fn time(recorded: &Recorded) -> String {
    let time = format_rfc3339_seconds(recorded.applied_at).to_string();
    let shown = time.replace('T', " ").replace('Z', "");
    format!("<time datetime=\"{time}\">{shown}</time>")
}

fn duration(recorded: &Recorded, longest: f64) -> String {
    let Some(took) = recorded.duration else {
        return recorded
            .statements_done
            .map_or_else(String::new, |done| format!("{done} statements"));
    };
    let (shown, seconds) = (format!("{took:.1?}"), took.as_secs_f64());
    format!(
        "<meter min=\"0\" max=\"{longest:.6}\" value=\"{seconds:.6}\" aria-label=\"{shown}\"></meter> {shown}"
    )
}

fn who(recorded: &Recorded) -> String {
    format!("{}, {}", escape(&recorded.applied_by), escape(&recorded.application))
}
