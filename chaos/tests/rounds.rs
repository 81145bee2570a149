//! A few rounds of everything, which always are the same ones.

#![allow(clippy::unwrap_used)]

use chaos::{Arguments, Campaign};
use clap::Parser as _;

#[test]
fn twenty_rounds_leave_nothing_wrong() {
    let arguments = Arguments::parse_from(["chaos", "--rounds", "20", "--seed", "1"]);
    let campaign = Campaign::new(arguments, env!("CARGO_BIN_EXE_chaos").into());
    let (failures, summary) = campaign.run(&|text| eprintln!("{text}")).unwrap();
    assert_eq!(failures, 0, "{summary}");
}
