//! `example-app migrate …`, run as a process.

mod change;
mod concurrent;
mod look;
mod revert;
mod sets;
mod signal;
mod terminal;
mod trouble;
mod usage;

use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

const DONE: i32 = 0;
const ERROR: i32 = 1;
const USAGE: i32 = 2;
const PENDING: i32 = 3;
const DRIFT: i32 = 4;
const LOCK: i32 = 5;

/// `migrate` with these arguments, separated by blanks, on the database of this URL.
fn migrate(url: &str, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_example-app"));
    command.arg("migrate").args(arguments.split_whitespace()).env("DATABASE_URL", url);
    command.env_remove("RUST_LOG").stdin(Stdio::null());
    command
}

/// The same of the program that embeds the sets `ledger` and `shop`.
fn migrate_sets(url: &str, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_two-sets"));
    command.arg("migrate").args(arguments.split_whitespace()).env("DATABASE_URL", url);
    command.stdin(Stdio::null());
    command
}

fn spawn(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// What it has printed, when it has ended with this exit code.
struct Printed {
    out: String,
    err: String,
}

fn run(url: &str, arguments: &str, exit_code: i32) -> Printed {
    printed(&migrate(url, arguments).output().unwrap(), exit_code)
}

fn printed(output: &Output, exit_code: i32) -> Printed {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let printed = Printed { out: text(&output.stdout), err: text(&output.stderr) };
    let Printed { out, err } = &printed;
    assert_eq!(output.status.code(), Some(exit_code), "stdout:\n{out}\nstderr:\n{err}");
    printed
}

/// The JSON object that it has printed.
fn json(url: &str, arguments: &str, exit_code: i32) -> Value {
    let Printed { out, .. } = run(url, &format!("{arguments} --format json"), exit_code);
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["format"], 1, "{out}");
    document
}

/// The only set.
fn set(url: &str, arguments: &str, exit_code: i32) -> Value {
    json(url, arguments, exit_code)["sets"][0].take()
}

fn versions(files: &Value) -> Vec<i64> {
    let files = files.as_array().unwrap().iter();
    files.map(|file| file["version"].as_i64().unwrap()).collect()
}
