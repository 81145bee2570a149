//! What contestants did on a server.

use super::{Section, grid, groups};
use crate::programs::{ALL, Contestant, TOOLS};
use crate::report::aims::for_each_applied;
use crate::report::figures::{number, table, whole};
use crate::report::picture::Picture;
use crate::report::results::Results;

pub(super) fn round_trips(results: &Results) -> Section {
    let columns = [
        ("nothing pending, N = 10", "nothing pending, 10", "trips", 1.0),
        ("N = 100", "nothing pending, 100", "trips", 1.0),
        ("N = 1,000", "nothing pending, 1000", "trips", 1.0),
    ];
    let head = [
        "",
        "N = 10",
        "N = 100",
        "N = 1,000",
        "bytes down, 10 / 100 / 1,000",
        "bytes up",
        "for each applied",
        "first apply, N = 100",
    ];
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

pub(super) fn nothing_pending(results: &Results) -> Section {
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

pub(super) fn first_apply(results: &Results) -> Section {
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
            description: "Seconds to apply all migrations to an empty database; fewer are better"
                .into(),
            unit: "s",
            groups: groups(results, "first-apply", &ALL, &columns),
        }),
    }
}

pub(super) fn together(results: &Results) -> Section {
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
            grid(results, "together", &ALL, &columns)
        ),
        picture: Some(Picture {
            name: "together",
            title: "64 processes at once, in milliseconds".into(),
            description: "Milliseconds until the last of 64 processes is ready; fewer are better, and those of refinery and diesel fail".into(),
            unit: "ms",
            groups: groups(results, "together", &ALL, &shown),
        }),
    }
}

pub(super) fn waiting(results: &Results) -> Section {
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
            description:
                "Milliseconds from the commit to the return of those who wait; fewer are better"
                    .into(),
            unit: "ms",
            groups: groups(results, "waiting", &who, &columns[..2]),
        }),
    }
}

pub(super) fn memory(results: &Results) -> Section {
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

pub(super) fn error(results: &Results) -> Section {
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
