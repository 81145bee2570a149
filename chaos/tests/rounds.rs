//! A few rounds of everything, which always are the same ones.

#![allow(clippy::unwrap_used)]

use std::sync::Mutex;

use chaos::{Arguments, Campaign};
use clap::Parser as _;

#[test]
fn twenty_rounds_leave_nothing_wrong() {
    let arguments = Arguments::parse_from(["chaos", "--rounds", "20", "--seed", "1"]);
    let campaign = Campaign::new(arguments, env!("CARGO_BIN_EXE_chaos").into());
    let told = Mutex::new(Vec::new());
    let tell = |text: &str| told.lock().unwrap().push(text.to_owned());
    let (failures, summary) = campaign.run(&tell).unwrap();
    assert_eq!(failures, 0, "{summary}\n{}", told.lock().unwrap().join("\n"));
}
