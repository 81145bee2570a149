//! The page for people who look at three in the morning: what is applied, pending, running and wrong.

mod holder;
mod html;
mod row;

use migrations_runtime::{Entry, Status};

use crate::readiness::{Readiness, Start};
use crate::trouble::Trouble;
use holder::running;
use html::escape;
use row::row;

pub(crate) const STYLE: &str = include_str!("page.css");

/// The page, and whether the database could be asked.
pub(crate) fn page(readiness: &Readiness) -> (bool, String) {
    let start = readiness.start();
    match readiness.status() {
        Ok(status) => (true, of_status(&status, &start)),
        Err(error) => (false, without_status(readiness, &start, &error)),
    }
}

fn of_status(status: &Status, start: &Start) -> String {
    let title = title(status, start);
    let longest = status.entries().iter().filter_map(seconds).fold(0.001, f64::max);
    let rows: String = status.entries().iter().map(|entry| row(entry, longest)).collect();
    let body = format!(
        "{}{}{}<table>\n<caption>Migrations of {} in {}</caption>\n<thead><tr><th scope=\"col\">Version</th>\
         <th scope=\"col\">Name</th><th scope=\"col\">State</th><th scope=\"col\">Applied at (UTC)</th>\
         <th scope=\"col\">Took</th><th scope=\"col\">By</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n",
        status.holder().map(running).unwrap_or_default(),
        failure(start),
        problems(status),
        escape(status.application()),
        escape(status.history()),
    );
    document(&title, status.holder().is_some() || *start == Start::Migrating, &body)
}

fn without_status(readiness: &Readiness, start: &Start, trouble: &Trouble) -> String {
    let files: Vec<_> = readiness.embedded().map(escape).collect();
    let files = files.join("</li>\n<li>");
    let body = format!(
        "{}<h2>The database does not answer</h2>\n<p>{}; the log tells more.</p>\n\
         <h2>Embedded in this binary</h2>\n<ul>\n<li>{files}</li>\n</ul>\n",
        failure(start),
        escape(&trouble.to_string())
    );
    document("Unknown: the database does not answer", false, &body)
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
        entry.problem.as_ref().map(|problem| format!("<pre>{}</pre>\n", escape(problem)))
    };
    let problems: String = status.entries().iter().filter_map(problem).collect();
    if problems.is_empty() {
        problems
    } else {
        format!("<h2>What a start refuses</h2>\n{problems}")
    }
}

/// It asks for itself again, without a script.
fn document(title: &str, is_busy: bool, body: &str) -> String {
    let (title, pause) = (escape(title), if is_busy { 1 } else { 5 });
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <title>{title} · migrations</title>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"refresh\" content=\"{pause}\">\n\
         <link rel=\"stylesheet\" href=\"/migrations.css\">\n<link rel=\"icon\" href=\"data:,\">\n\
         </head>\n<body>\n<main>\n<h1>Migrations</h1>\n\
         <p role=\"status\"><strong>{title}</strong></p>\n{body}</main>\n</body>\n</html>\n"
    )
}
