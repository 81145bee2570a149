//! What was aimed at, and what came of it.

use crate::report::figures::{self, number, spread, whole};
use crate::report::results::Results;
use crate::statistics::Summary;

/// One row: what, the limit, the figure, and whether it is within the limit.
struct Aim {
    what: String,
    limit: String,
    /// Nothing where it was not measured.
    outcome: Option<(String, bool)>,
}

pub(crate) fn table(results: &Results) -> String {
    let aims: Vec<_> = [
        round_trips(results),
        times(results),
        first_apply(results),
        together(results),
        builds(results),
        footprint(results),
    ]
    .into_iter()
    .flatten()
    .collect();
    let head = ["", "aim", "measured", ""].map(String::from);
    let rows: Vec<_> = aims.into_iter().map(Aim::row).collect();
    format!("\n## Aims\n\n{}", figures::table(&head, &rows))
}

impl Aim {
    fn new(
        what: impl Into<String>,
        limit: impl Into<String>,
        outcome: Option<(String, bool)>,
    ) -> Self {
        Self { what: what.into(), limit: limit.into(), outcome }
    }

    /// Of a ratio or another figure that is to be at most so much.
    fn at_most(what: impl Into<String>, limit: f64, unit: &str, figure: Option<Summary>) -> Self {
        let outcome = figure.map(|it| (format!("{}{unit}", spread(it, 1.0)), it.median <= limit));
        Self::new(what, format!("at most {limit}{unit}"), outcome)
    }

    fn row(self) -> Vec<String> {
        let (figure, verdict) = match self.outcome {
            Some((figure, true)) => (figure, "reached"),
            Some((figure, false)) => (figure, "**missed**"),
            None => ("–".into(), "not measured"),
        };
        vec![self.what, self.limit, figure, verdict.into()]
    }
}

fn round_trips(results: &Results) -> Vec<Aim> {
    let each = |measure: &'static str| {
        let of = |set| format!("nothing pending, {set}/ours");
        let medians =
            ["10", "100", "1000"].map(|it| results.median("round-trips", &of(it), measure));
        medians.into_iter().collect::<Option<Vec<_>>>()
    };
    let text =
        |figures: &[f64]| figures.iter().map(|it| whole(*it)).collect::<Vec<_>>().join(" / ");
    let trips = each("trips").map(|it| (text(&it), it.iter().all(|trips| *trips <= 1.0)));
    let bytes = each("bytes down").map(|it| (text(&it), it.iter().all(|bytes| *bytes <= it[0])));
    let locks = each("locks").map(|it| {
        let is_none = it.iter().sum::<f64>() == 0.0;
        (if is_none { "none" } else { "a lock" }.to_string(), is_none)
    });
    let applied = for_each_applied(results, "ours");
    vec![
        Aim::new("round trips, nothing pending, N = 10 / 100 / 1,000", "1", trips),
        Aim::new("bytes from the server then", "the same for each N", bytes),
        Aim::new("locks that are asked for then", "none", locks),
        Aim::new(
            "round trips for each applied migration",
            "1",
            applied.map(|it| (number(it), it <= 1.0)),
        ),
    ]
}

/// What ninety more cost, for each.
pub(crate) fn for_each_applied(results: &Results, who: &str) -> Option<f64> {
    let trips = |set| results.median("round-trips", &format!("first apply, {set}/{who}"), "trips");
    Some((trips("100")? - trips("10")?) / 90.0)
}

fn times(results: &Results) -> Vec<Aim> {
    let mut aims = Vec::new();
    for (milliseconds, limit) in [(0, 0.6), (1, 0.3), (10, 0.25)] {
        for set in ["10", "1000"] {
            let of = format!("{set} at {milliseconds} ms");
            let what = format!(
                "time, nothing pending, {milliseconds} ms round-trip time, N = {}, ÷ best peer",
                number_of(set)
            );
            aims.push(Aim::at_most(
                what,
                limit,
                "",
                to_best(results, "nothing-pending", &of, "first"),
            ));
        }
    }
    aims
}

fn number_of(set: &str) -> &str {
    if set == "1000" { "1,000" } else { set }
}

fn to_best(results: &Results, table: &str, of: &str, measure: &str) -> Option<Summary> {
    let best = results.best_peer(table, of, measure)?;
    results.ratio(table, of, measure, &best.to_string())
}

fn first_apply(results: &Results) -> Vec<Aim> {
    let (name, local, far) = ("first-apply", "1000 at 0 ms", "100 at 10 ms");
    let bare = results.ratio(name, local, "seconds", "bare");
    let best = |of| to_best(results, name, of, "seconds");
    vec![
        Aim::at_most("first apply, N = 1,000, local, ÷ bare client", 1.10, "", bare),
        Aim::at_most("the same ÷ best peer", 0.7, "", best(local)),
        Aim::at_most(
            "first apply, N = 100, 10 ms round-trip time, ÷ best peer",
            0.3,
            "",
            best(far),
        ),
    ]
}

fn together(results: &Results) -> Vec<Aim> {
    let seconds = |cell| results.samples("together", cell, "seconds");
    let ratio = Summary::ratio(seconds("pending, 64/ours"), seconds("pending, 1/ours"));
    let last = results.samples("waiting", "64 waiting/ours", "last");
    let milliseconds: Vec<_> = last.iter().map(|seconds| seconds * 1000.0).collect();
    vec![
        Aim::at_most("64 processes start together, N = 20 pending, ÷ one alone", 1.5, "", ratio),
        Aim::at_most(
            "64 waiting: the winner's commit to the last one's return",
            100.0,
            " ms",
            Summary::of(&milliseconds),
        ),
    ]
}

fn builds(results: &Results) -> Vec<Aim> {
    let mut aims = Vec::new();
    for (command, words) in [("build", "debug"), ("build --release", "release")] {
        for (measure, what) in [("crates", "crates"), ("cpu", "CPU seconds")] {
            let cell = |who| format!("an application, `cargo {command}`/{who}");
            let of = |who| results.median("cold", &cell(who), measure);
            let all = of("ours").zip(of("refinery")).zip(of("sqlx"));
            let outcome = all.map(|((ours, refinery), sqlx)| {
                let figure = format!("{ours:.0} (refinery {refinery:.0}, sqlx {sqlx:.0})");
                (figure, ours < refinery && ours < sqlx)
            });
            aims.push(Aim::new(
                format!("clean build of a small application, {words}: {what}"),
                "less than refinery and sqlx",
                outcome,
            ));
        }
    }
    for (name, what) in [("many", "one of 1,000 files"), ("large", "one file of 5 MB")] {
        let cpu = |who| results.samples(name, who, "cpu");
        let ratio = Summary::ratio(cpu("ours"), cpu("include_str!"));
        let what = format!("`cargo check` after touching {what}, CPU ÷ `include_str!`");
        aims.push(Aim::at_most(what, 1.5, "", ratio));
    }
    aims
}

fn footprint(results: &Results) -> Vec<Aim> {
    let size = |what| results.median("size", what, "bytes");
    let added = size("ours").zip(size("nothing")).map(|(with, without)| (with - without) / 1024.0);
    let memory = |of: &str| {
        let median = |who| results.median("memory", &format!("{of}/{who}"), "KiB");
        let more = median("ours").zip(median("bare")).map(|(ours, bare)| (ours - bare) / 1024.0);
        more.map(|it| (format!("{it:+.1} MiB"), it <= 2.0))
    };
    let render = results.samples("error", "5 MB/ours", "from the error to its text");
    let render: Vec<_> = render.iter().map(|seconds| seconds * 1000.0).collect();
    vec![
        Aim::new(
            "stripped size added where `postgres` and `r2d2` are already",
            "under 250 KiB",
            added.map(|it| (format!("{it:.0} KiB"), it < 250.0)),
        ),
        Aim::new(
            "memory, nothing pending, to the bare client's",
            "at most +2 MiB",
            memory("nothing pending, 1000"),
        ),
        Aim::new(
            "memory, a file of 50 MB, to the bare client's",
            "at most +2 MiB",
            memory("50 MB"),
        ),
        Aim::at_most(
            "an error at the end of 5 MB: from the server's message to the text",
            5.0,
            " ms",
            Summary::of(&render),
        ),
    ]
}
