//! Measures this library beside its peers, see BENCHMARKS.md.
//!
//! `bench [--samples COUNT] [--again] all|report|TABLE…` takes what samples are missing in
//! `benches/results`, and writes BENCHMARKS.md and its pictures from what is there.

mod machine;
mod performer;
mod programs;
mod proxy;
mod report;
mod samples;
mod server;
mod statistics;
mod table;
mod tables;

use std::error::Error;

use crate::table::Order;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result {
    let mut order = Order { samples: None, again: false };
    let mut wanted = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--samples" => {
                order.samples = Some(arguments.next().ok_or("how many samples?")?.parse()?);
            }
            "--again" => order.again = true,
            _ => wanted.push(argument),
        }
    }
    tables::measure(&wanted, &order)?;
    report::write()
}
