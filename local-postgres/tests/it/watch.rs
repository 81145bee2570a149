//! The script that stops a shared server after a user who went without goodbye.

use crate::scratch::Scratch;
use std::fs::File;
use std::io::Write as _;
use std::process::{Command, Stdio};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/watch.sh");

#[test]
fn the_last_user_is_gone() {
    assert!(stops_the_server("gone", "", false));
}

#[test]
fn others_are_still_there() {
    assert!(!stops_the_server("others", "", true));
}

#[test]
fn the_user_says_goodbye() {
    assert!(!stops_the_server("goodbye", "goodbye\n", false));
}

fn stops_the_server(test: &str, said: &str, locked: bool) -> bool {
    let scratch = Scratch::new(test);
    let users = File::create(scratch.join("users")).unwrap();
    if locked {
        users.lock_shared().unwrap();
    }
    let mut watch = Command::new("/bin/sh")
        .arg(SCRIPT)
        .arg(scratch.join("gate"))
        .arg(scratch.join("users"))
        .arg("touch")
        .arg(scratch.join("stopped"))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    watch.stdin.take().unwrap().write_all(said.as_bytes()).unwrap();
    watch.wait().unwrap();
    scratch.join("stopped").exists()
}
