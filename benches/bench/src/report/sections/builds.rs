//! What it costs to build them, and what is in the binary.

use super::Section;
use crate::report::figures::{number, spread_or_dash, table, whole};
use crate::report::picture::{Group, Picture};
use crate::report::results::Results;
use crate::statistics::Summary;

pub(super) fn cold(results: &Results) -> Section {
    let commands = ["build", "build --release"];
    let cell = |command: &str, who: &str| format!("an application, `cargo {command}`/{who}");
    let head = ["", "crates", "CPU s, debug", "wall s, debug", "CPU s, release", "wall s, release"];
    let who = names(results, "cold");
    let row = |who: &&str| {
        let of = |command, measure| {
            spread_or_dash(results.summary("cold", &cell(command, who), measure), 1.0)
        };
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
            .filter_map(|who| {
                Some(((*who).into(), results.median("cold", &cell(command, who), "cpu")?))
            })
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

pub(super) fn touched(results: &Results) -> Section {
    let head = ["", "one of 1,000 files, CPU s", "÷ floor", "one of 5 MB, CPU s", "÷ floor"];
    let who = names(results, "many");
    let row = |who: &&str| {
        let of = |name: &str| {
            let cpu = |who: &str| results.samples(name, who, "cpu");
            let ratio = Summary::ratio(cpu(who), cpu("include_str!"));
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
            description: "CPU seconds of cargo check after one file was touched; fewer are better"
                .into(),
            unit: "s",
            groups: [("many", "one of 1,000 files of 1 KB"), ("large", "one file of 5 MB")]
                .map(group)
                .into(),
        }),
    }
}

pub(super) fn size(results: &Results) -> Section {
    let base = results.median("size", "nothing", "bytes").unwrap_or_default();
    let who = names(results, "size");
    let added = |who: &str| Some((results.median("size", who, "bytes")? - base) / 1024.0);
    let row = |who: &&str| {
        let bytes = results.median("size", who, "bytes").unwrap_or_default();
        vec![(*who).to_string(), whole(bytes / 1024.0), whole((bytes - base) / 1024.0)]
    };
    let head = ["", "stripped, KiB", "added, KiB"].map(String::from);
    let bars =
        who.iter().skip(1).filter_map(|who| Some(((*who).to_string(), added(who)?))).collect();
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

pub(super) fn profile(results: &Results) -> Section {
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

fn names<'a>(results: &'a Results, name: &str) -> Vec<&'a str> {
    let known = [
        "include_str!",
        "nothing",
        "ours",
        "ours, no syntax",
        "ours, with a lock file",
        "refinery",
        "sqlx",
        "diesel",
    ];
    let cells = results.cells(name);
    let is_there = |who: &&str| {
        cells.iter().any(|(cell, _)| cell.rsplit('/').next().unwrap_or_default() == *who)
    };
    known.into_iter().filter(is_there).collect()
}
