//! The page for people who look at three in the morning: what is applied, pending, running and wrong.

mod document;
mod holder;
mod html;
mod row;
mod running;

use migrations_runtime::{Entry, Status};

use crate::readiness::{Readiness, Start};
use crate::trouble::Trouble;
use document::document;
use holder::running;
use html::escape;
use row::{COLUMNS, row};
use running::Runs;

pub(crate) use document::Refresh;

pub(crate) const STYLE: &str = include_str!("page.css");

/// The page, and whether the database could be asked.
pub(crate) fn page(readiness: &Readiness, refresh: Refresh) -> (bool, String) {
    // Asked for first: what is applied meanwhile is recorded then.
    let (doing, start) = (readiness.doing(), readiness.start());
    match readiness.status() {
        Ok(status) => {
            let runs = Runs { start: &start, doing, holder: status.holder() };
            (true, of_status(&status, &runs, refresh))
        }
        Err(trouble) => (false, without_status(readiness, &start, &trouble, refresh)),
    }
}

fn of_status(status: &Status, runs: &Runs<'_>, refresh: Refresh) -> String {
    let title = title(status, runs.start);
    let body = format!(
        "{}{}{}{}",
        status.holder().map(running).unwrap_or_default(),
        failure(runs.start),
        problems(status),
        table(status, runs),
    );
    let is_busy = status.holder().is_some() || *runs.start == Start::Migrating;
    document(&title, is_busy, refresh, &body)
}

fn table(status: &Status, runs: &Runs<'_>) -> String {
    let longest = status.entries().iter().filter_map(seconds).fold(0.001, f64::max);
    let line = |entry| row(entry, &runs.shown(entry), longest);
    let rows: String = status.entries().iter().map(line).collect();
    let head = |column| format!("<th scope=\"col\" role=\"columnheader\">{column}</th>");
    let heads: String = COLUMNS.iter().map(head).collect();
    format!(
        "<table role=\"table\">\n<caption>Migrations of {} in {}</caption>\n\
         <thead role=\"rowgroup\"><tr role=\"row\">{heads}</tr></thead>\n\
         <tbody role=\"rowgroup\">\n{rows}</tbody>\n</table>\n",
        escape(status.application()),
        escape(status.history()),
    )
}

fn without_status(
    readiness: &Readiness,
    start: &Start,
    trouble: &Trouble,
    refresh: Refresh,
) -> String {
    let files: Vec<_> = readiness.embedded().map(escape).collect();
    let files = files.join("</li>\n<li>");
    let body = format!(
        "{}<h2>The database does not answer</h2>\n<p>{}; the log tells more.</p>\n\
         <h2>Embedded in this binary</h2>\n<ul>\n<li>{files}</li>\n</ul>\n",
        failure(start),
        escape(&trouble.to_string())
    );
    document("Unknown: the database does not answer", false, refresh, &body)
}

/// What is most urgent comes first.
fn title(status: &Status, start: &Start) -> String {
    let (pending, problems) = (status.pending().count(), status.problems().count());
    match start {
        Start::Failed(_) => "Failed: the migrations of this process".into(),
        _ if problems > 0 => format!("Refused: {problems} problems"),
        _ if status.holder().is_some() => format!("Running: {pending} pending"),
        Start::Migrating => format!("Starting: {pending} pending"),
        Start::Done if pending > 0 => format!("Pending: {pending}"),
        Start::Done => "Current: nothing is pending".into(),
    }
}

fn seconds(entry: &Entry) -> Option<f64> {
    Some(entry.recorded.as_ref()?.duration?.as_secs_f64())
}

fn failure(start: &Start) -> String {
    match start {
        Start::Failed(trouble) => {
            let trouble = escape(&trouble.to_string());
            format!("<h2>Failed in this process</h2>\n<p>{trouble}; the log tells more.</p>\n")
        }
        _ => String::new(),
    }
}

fn problems(status: &Status) -> String {
    let problem = |entry: &Entry| {
        entry.problem.as_ref().map(|problem| {
            let (name, problem) = (escape(entry.name()), escape(problem));
            // Who has a keyboard only can scroll it.
            format!("<pre tabindex=\"0\" role=\"region\" aria-label=\"{name}\">{problem}</pre>\n")
        })
    };
    let problems: String = status.entries().iter().filter_map(problem).collect();
    if problems.is_empty() {
        problems
    } else {
        format!("<h2>What a start refuses</h2>\n{problems}")
    }
}
