//! What was measured, a section for each table.

use crate::programs::{ALL, Contestant, TOOLS};
use crate::report::aims::for_each_applied;
use crate::report::figures::{number, spread_or_dash, table, whole};
use crate::report::picture::{Group, Picture};
use crate::report::results::Results;

pub(crate) struct Section {
    pub(crate) title: &'static str,
    pub(crate) text: String,
    pub(crate) picture: Option<Picture>,
}

/// Those of what has been measured.
pub(crate) fn all(results: &Results) -> Vec<Section> {
    let sections = [
        ("round-trips", round_trips as fn(&Results) -> Section),
        ("nothing-pending", nothing_pending),
        ("first-apply", first_apply),
        ("together", together),
        ("waiting", waiting),
        ("cold", cold),
        ("many", touched),
        ("size", size),
        ("memory", memory),
        ("error", error),
        ("profile", profile),
    ];
    let is_measured = |name: &str| !results.cells(name).is_empty();
    sections.into_iter().filter(|(name, _)| is_measured(name)).map(|(_, make)| make(results)).collect()
}

/// A column: its head, a cell's name without the contestant, what was measured, and a factor.
type Column<'a> = (&'a str, &'a str, &'a str, f64);

fn grid(results: &Results, name: &str, who: &[Contestant], columns: &[Column<'_>]) -> String {
    let heads = columns.iter().map(|(head, ..)| (*head).to_string());
    let head: Vec<_> = std::iter::once(String::new()).chain(heads).collect();
    let row = |who: &Contestant| {
        let cell = |(_, of, measure, factor): &Column<'_>| {
            spread_or_dash(results.summary(name, &format!("{of}/{who}"), measure), *factor)
        };
        std::iter::once(who.to_string()).chain(columns.iter().map(cell)).collect()
    };
    table(&head, &who.iter().map(row).collect::<Vec<_>>())
}

fn groups(results: &Results, name: &str, who: &[Contestant], columns: &[Column<'_>]) -> Vec<Group> {
    let group = |(head, of, measure, factor): &Column<'_>| {
        let bar = |who: &Contestant| {
            let median = results.median(name, &format!("{of}/{who}"), measure)?;
            Some((who.to_string(), median * factor))
        };
        Group { label: (*head).into(), bars: who.iter().filter_map(bar).collect() }
    };
    columns.iter().map(group).collect()
}

fn round_trips(results: &Results) -> Section {
    let columns = [
        ("nothing pending, N = 10", "nothing pending, 10", "trips", 1.0),
        ("N = 100", "nothing pending, 100", "trips", 1.0),
        ("N = 1,000", "nothing pending, 1000", "trips", 1.0),
    ];
    let head = ["", "N = 10", "N = 100", "N = 1,000", "bytes down, 10 / 100 / 1,000", "bytes up", "for each applied", "first apply, N = 100"];
    let row = |who: &Contestant| {
        let of = |set: &str, measure| {
            let cell = format!("nothing pending, {set}/{who}");
            results.median("round-trips", &cell, measure).map_or_else(|| "–".into(), whole)
        };
        let first = results.median("round-trips", &format!("first apply, 100/{who}"), "trips");
        vec![
            who.to_string(),
            of("10", "trips"),
            of("100", "trips"),
            of("1000", "trips"),
            ["10", "100", "1000"].map(|set| of(set, "bytes down")).join(" / "),
            of("1000", "bytes up"),
            for_each_applied(results, &who.to_string()).map_or_else(|| "–".into(), number),
            first.map_or_else(|| "–".into(), whole),
        ]
    };
    let rows: Vec<_> = ALL.iter().map(row).collect();
    Section {
        title: "Round trips",
        text: format!(
            "How often the program waits for the server's answer on an open connection, counted by a proxy.\n\n{}",
            table(&head.map(String::from), &rows)
        ),
        picture: Some(Picture {
            name: "round-trips",
            title: "Round trips of a start with nothing pending".into(),
            description: "Round trips of a start with nothing pending; fewer are better".into(),
            unit: "",
            groups: groups(results, "round-trips", &ALL, &columns),
        }),
    }
}

fn nothing_pending(results: &Results) -> Section {
    let columns = |measure| {
        [
            ("0 ms, N = 10", "10 at 0 ms", measure, 1e3),
            ("0 ms, N = 1,000", "1000 at 0 ms", measure, 1e3),
            ("1 ms, N = 10", "10 at 1 ms", measure, 1e3),
            ("1 ms, N = 1,000", "1000 at 1 ms", measure, 1e3),
            ("10 ms, N = 10", "10 at 10 ms", measure, 1e3),
            ("10 ms, N = 1,000", "1000 at 10 ms", measure, 1e3),
        ]
    };
    let grid = |measure| grid(results, "nothing-pending", &ALL, &columns(measure));
    Section {
        title: "Time of a start with nothing pending",
        text: format!(
            "Milliseconds of the first call on a connection that has just been opened, by the network's round-trip time.\n\n{}\n\
             The quickest of ten further calls on the same connection, where statements are prepared and caches are warm:\n\n{}\n\
             Connecting, which comes before and which no tool saves:\n\n{}",
            grid("first"),
            grid("again"),
            grid("connect"),
        ),
        picture: Some(Picture {
            name: "nothing-pending",
            title: "A start with nothing pending, in milliseconds".into(),
            description: "Milliseconds of a start with nothing pending, by round-trip time and number of migrations; fewer are better".into(),
            unit: "ms",
            groups: groups(results, "nothing-pending", &ALL, &columns("first")),
        }),
    }
}

fn first_apply(results: &Results) -> Section {
    let columns = [
        ("N = 1,000, local", "1000 at 0 ms", "seconds", 1.0),
        ("N = 100, 10 ms round-trip time", "100 at 10 ms", "seconds", 1.0),
    ];
    Section {
        title: "First apply",
        text: format!(
            "Seconds on an empty database; the server keeps what it commits (`fsync`, `synchronous_commit`).\n\n{}",
            grid(results, "first-apply", &ALL, &columns)
        ),
        picture: Some(Picture {
            name: "first-apply",
            title: "First apply, in seconds".into(),
            description: "Seconds to apply all migrations to an empty database; fewer are better".into(),
            unit: "s",
            groups: groups(results, "first-apply", &ALL, &columns),
        }),
    }
}

fn together(results: &Results) -> Section {
    let columns = [
        ("one process, N = 20 pending, ms", "pending, 1", "seconds", 1e3),
        ("64 processes", "pending, 64", "seconds", 1e3),
        ("of these failed", "pending, 64", "failed", 1.0),
        ("one process, nothing pending, ms", "nothing pending, 1", "seconds", 1e3),
        ("64 processes, nothing pending", "nothing pending, 64", "seconds", 1e3),
        ("of these have failed", "nothing pending, 64", "failed", 1.0),
    ];
    let shown = [columns[1], columns[4]];
    Section {
        title: "64 processes at once",
        text: format!(
            "From the word, which all connected processes get at once, until the last one is ready or has failed.\n\n{}",
            grid(results, "together", &TOOLS, &columns)
        ),
        picture: Some(Picture {
            name: "together",
            title: "64 processes at once, in milliseconds".into(),
            description: "Milliseconds until the last of 64 processes is ready; fewer are better, and those of refinery and diesel fail".into(),
            unit: "ms",
            groups: groups(results, "together", &TOOLS, &shown),
        }),
    }
}

fn waiting(results: &Results) -> Section {
    let columns = [
        ("last one, ms", "64 waiting", "last", 1e3),
        ("middle one, ms", "64 waiting", "middle", 1e3),
        ("round trips a second, all together", "64 waiting", "trips a second", 1.0),
        ("CPU seconds of the server a second", "64 waiting", "CPU of the server", 1.0),
    ];
    let who = [Contestant::Ours, Contestant::Sqlx];
    Section {
        title: "Waiting for another process",
        text: format!(
            "64 processes wait while one applies a migration of some seconds: from its commit, by the server's clock, to their return, and what their waiting costs meanwhile. refinery and diesel do not wait.\n\n{}",
            grid(results, "waiting", &who, &columns)
        ),
        picture: Some(Picture {
            name: "waiting",
            title: "From the winner's commit to the return of 64 who wait, in milliseconds".into(),
            description: "Milliseconds from the commit to the return of those who wait; fewer are better".into(),
            unit: "ms",
            groups: groups(results, "waiting", &who, &columns[..2]),
        }),
    }
}

fn names<'a>(results: &'a Results, name: &str) -> Vec<&'a str> {
    let known = ["include_str!", "nothing", "ours", "ours, no syntax", "ours, with a lock file", "refinery", "sqlx", "diesel"];
    let cells = results.cells(name);
    let is_there = |who: &&str| {
        cells.iter().any(|(cell, _)| cell.rsplit('/').next().unwrap_or_default() == *who)
    };
    known.into_iter().filter(is_there).collect()
}

fn cold(results: &Results) -> Section {
    let commands = ["build", "build --release"];
    let cell = |command: &str, who: &str| format!("an application, `cargo {command}`/{who}");
    let head = ["", "crates", "CPU s, debug", "wall s, debug", "CPU s, release", "wall s, release"];
    let who = names(results, "cold");
    let row = |who: &&str| {
        let of = |command, measure| spread_or_dash(results.summary("cold", &cell(command, who), measure), 1.0);
        let crates = results.median("cold", &cell("build", who), "crates");
        vec![
            (*who).to_string(),
            crates.map_or_else(|| "–".into(), whole),
            of(commands[0], "cpu"),
            of(commands[0], "wall"),
            of(commands[1], "cpu"),
            of(commands[1], "wall"),
        ]
    };
    let group = |(command, label): (&str, &str)| Group {
        label: label.into(),
        bars: who
            .iter()
            .filter_map(|who| Some(((*who).into(), results.median("cold", &cell(command, who), "cpu")?)))
            .collect(),
    };
    Section {
        title: "Clean builds",
        text: format!(
            "The smallest application that embeds one file and runs it, in an empty target folder. CPU is the user and system time of all processes. More in [benches/compile-time](benches/compile-time/README.md).\n\n{}",
            table(&head.map(String::from), &who.iter().map(row).collect::<Vec<_>>())
        ),
        picture: Some(Picture {
            name: "clean-builds",
            title: "Clean build of a small application, CPU seconds".into(),
            description: "CPU seconds of a clean build; fewer are better".into(),
            unit: "s",
            groups: [("build", "debug"), ("build --release", "release")].map(group).into(),
        }),
    }
}

fn touched(results: &Results) -> Section {
    let head = ["", "one of 1,000 files, CPU s", "÷ floor", "one of 5 MB, CPU s", "÷ floor"];
    let who = names(results, "many");
    let row = |who: &&str| {
        let of = |name: &str| {
            let cpu = |who: &str| results.samples(name, who, "cpu");
            let ratio = crate::statistics::Summary::ratio(cpu(who), cpu("include_str!"));
            [spread_or_dash(results.summary(name, who, "cpu"), 1.0), spread_or_dash(ratio, 1.0)]
        };
        [vec![(*who).to_string()], of("many").into(), of("large").into()].concat()
    };
    let group = |(name, label): (&str, &str)| Group {
        label: label.into(),
        bars: who
            .iter()
            .filter_map(|who| Some(((*who).into(), results.median(name, who, "cpu")?)))
            .collect(),
    };
    Section {
        title: "`cargo check` after a file was touched",
        text: format!(
            "The floor is a crate that does nothing but `include_str!` the same files.\n\n{}",
            table(&head.map(String::from), &who.iter().map(row).collect::<Vec<_>>())
        ),
        picture: Some(Picture {
            name: "touched",
            title: "cargo check after a file was touched, CPU seconds".into(),
            description: "CPU seconds of cargo check after one file was touched; fewer are better".into(),
            unit: "s",
            groups: [("many", "one of 1,000 files of 1 KB"), ("large", "one file of 5 MB")].map(group).into(),
        }),
    }
}

fn size(results: &Results) -> Section {
    let base = results.median("size", "nothing", "bytes").unwrap_or_default();
    let who = names(results, "size");
    let added = |who: &str| Some((results.median("size", who, "bytes")? - base) / 1024.0);
    let row = |who: &&str| {
        let bytes = results.median("size", who, "bytes").unwrap_or_default();
        vec![(*who).to_string(), whole(bytes / 1024.0), whole((bytes - base) / 1024.0)]
    };
    let head = ["", "stripped, KiB", "added, KiB"].map(String::from);
    let bars = who.iter().skip(1).filter_map(|who| Some(((*who).to_string(), added(who)?))).collect();
    Section {
        title: "Size of the binary",
        text: format!(
            "A program with a pool of `postgres` connections, and the same with ten files embedded by a tool and run; release, stripped. diesel's part does not count libpq, a shared library.\n\n{}",
            table(&head, &who.iter().map(row).collect::<Vec<_>>())
        ),
        picture: Some(Picture {
            name: "size",
            title: "Added to a stripped binary, in KiB".into(),
            description: "KiB added to a stripped binary; fewer are better".into(),
            unit: "KiB",
            groups: vec![Group { label: "added".into(), bars }],
        }),
    }
}

fn memory(results: &Results) -> Section {
    let mebi = 1.0 / 1024.0;
    let columns = [
        ("nothing pending, N = 1,000, MiB", "nothing pending, 1000", "KiB", mebi),
        ("a file of 50 MB, MiB", "50 MB", "KiB", mebi),
    ];
    Section {
        title: "Memory",
        text: format!(
            "The most that was resident (`VmHWM`), with the embedded text itself as far as it was read.\n\n{}",
            grid(results, "memory", &ALL, &columns)
        ),
        picture: Some(Picture {
            name: "memory",
            title: "Peak of resident memory, in MiB".into(),
            description: "Peak of resident memory; less is better".into(),
            unit: "MiB",
            groups: groups(results, "memory", &ALL, &columns),
        }),
    }
}

fn error(results: &Results) -> Section {
    let columns = [
        ("from the server's message to the text, ms", "5 MB", "from the error to its text", 1e3),
        ("of this rendering, ms", "5 MB", "render", 1e3),
        ("names file and line (1 = yes)", "5 MB", "names the place", 1.0),
    ];
    Section {
        title: "An error at the end of 5 MB",
        text: format!(
            "From the moment in which the server's message passes a proxy until the text is there, with all that is asked of the server in between.\n\n{}",
            grid(results, "error", &TOOLS, &columns)
        ),
        picture: None,
    }
}

fn profile(results: &Results) -> Section {
    let part = |what: &str, label: &str| {
        let cells = results.cells("profile");
        let parts = cells.iter().find(|(cell, _)| *cell == what).map(|(_, parts)| *parts);
        let mut bars: Vec<_> = parts
            .into_iter()
            .flatten()
            .filter_map(|(part, counts)| Some((part.clone(), *counts.first()? / 1e3)))
            .collect();
        bars.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        Group { label: label.into(), bars }
    };
    let groups = vec![
        part("no-op", "a start with nothing pending"),
        part("expand", "an expansion of 1,000 files, optimized"),
    ];
    let text = |group: &Group| {
        let sum: f64 = group.bars.iter().map(|(_, count)| count).sum();
        let row = |(part, count): &(String, f64)| {
            vec![part.clone(), number(*count), format!("{:.0} %", count / sum * 100.0)]
        };
        let head = [group.label.as_str(), "thousands", ""].map(String::from);
        let total = vec!["all".to_string(), number(sum), String::new()];
        let rows: Vec<_> = group.bars.iter().map(row).chain([total]).collect();
        table(&head, &rows)
    };
    Section {
        title: "Where instructions go",
        text: groups.iter().map(text).collect::<Vec<_>>().join("\n"),
        picture: Some(Picture {
            name: "profile",
            title: "Instructions, in thousands".into(),
            description: "Thousands of instructions by who wrote the code".into(),
            unit: "k",
            groups,
        }),
    }
}
