//! What all contestants have in common: they do what they are told on standard input, a line for each
//! command, and answer each with a line.
//!
//! - `connect` connects to the database that `DATABASE_URL` names.
//! - `run SET` runs the migrations of a set on that connection.
//!
//! The answer is `done NANOS AT`, or `failed NANOS AT RENDER TEXT`: how long it took, when it was
//! done in nanoseconds since 1970, how long it took to render the error, and the error.

use std::error::Error;
use std::io::{self, Write as _};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// One way to run migrations that are embedded in a program.
pub trait Contestant: Sized {
    fn connect(url: &str) -> Outcome<Self>;

    /// Returns when nothing of the set is pending.
    fn run(&mut self, set: &str) -> Outcome;
}

/// Obeys until standard input ends.
pub fn perform<C: Contestant>() -> io::Result<()> {
    let url = std::env::var("DATABASE_URL").map_err(io::Error::other)?;
    let mut contestant = None;
    for line in io::stdin().lines() {
        let (line, began) = (line?, Instant::now());
        let outcome = obey::<C>(&mut contestant, &line, &url);
        let took = began.elapsed();
        let answer = answer(outcome, took);
        writeln!(io::stdout(), "{answer}")?;
    }
    Ok(())
}

fn obey<C: Contestant>(contestant: &mut Option<C>, line: &str, url: &str) -> Outcome {
    match (line.split_once(' '), contestant.as_mut()) {
        (None, _) if line == "connect" => {
            *contestant = Some(C::connect(url)?);
            Ok(())
        }
        (Some(("run", set)), Some(contestant)) => contestant.run(set),
        _ => Err(format!("what is \"{line}\"?").into()),
    }
}

fn answer(outcome: Outcome, took: Duration) -> String {
    let took = took.as_nanos();
    match outcome {
        Ok(()) => format!("done {took} {}", now()),
        Err(error) => {
            let began = Instant::now();
            let text = error.to_string();
            let (render, at) = (began.elapsed().as_nanos(), now());
            format!("failed {took} {at} {render} {}", text.replace('\n', " / "))
        }
    }
}

fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos())
}
