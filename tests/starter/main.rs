//! A process that runs migrations when it gets the word: `starter MODE [SET] [THREADS]`.
//!
//! `MODE` is `run`, `run_once`, or `naive` and `wrapped` for the runners of the origin. It connects,
//! writes a byte, waits for a line on its standard input, runs on that many threads at once, and
//! writes a line for each.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::io::{Write as _, stdin, stdout};
use std::process::ExitCode;
use std::sync::Barrier;
use std::thread;

use migrations_runtime::{Migrations, Report};
use migrations_tests::{Naive, Pool, TestDatabase, by_name, run_naively};

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let url = std::env::var("DATABASE_URL").unwrap();
    let mode = arguments[0].as_str();
    let threads = arguments.get(2).map_or(1, |count| count.parse().unwrap());
    let pool = TestDatabase::pool_of(&url, 4);
    drop(pool.get().unwrap());
    wait_for_the_word();

    let start = Barrier::new(threads);
    let results: Vec<_> = thread::scope(|scope| {
        let work = || {
            start.wait();
            run(mode, arguments.get(1), &pool, &url)
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for result in &results {
        println!("{}", result.as_deref().unwrap_or_else(|error| error));
    }
    if results.iter().all(Result::is_ok) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn wait_for_the_word() {
    stdout().write_all(b".").unwrap();
    stdout().flush().unwrap();
    stdin().read_line(&mut String::new()).unwrap();
}

fn run(mode: &str, set: Option<&String>, pool: &Pool, url: &str) -> Result<String, String> {
    let set = || -> &Migrations { by_name(set.unwrap()) };
    match mode {
        "run" => summary(set().run(pool)),
        "run_once" => summary(set().run_once(pool)),
        "naive" => summary_of_naive(run_naively(url, Naive::Plain)),
        "wrapped" => summary_of_naive(run_naively(url, Naive::Wrapped)),
        _ => panic!("unknown mode {mode}"),
    }
}

fn summary(result: Result<Report, migrations_runtime::Error>) -> Result<String, String> {
    let report = result.map_err(|error| error.to_string().replace('\n', " "))?;
    Ok(format!("applied {}, skipped {}", report.applied().len(), report.skipped().len()))
}

fn summary_of_naive(result: Result<(), postgres::Error>) -> Result<String, String> {
    result.map(|()| "done".into()).map_err(|error| match error.as_db_error() {
        Some(error) => {
            format!("{} {}", error.code().code(), error.constraint().unwrap_or_default())
        }
        None => error.to_string(),
    })
}
