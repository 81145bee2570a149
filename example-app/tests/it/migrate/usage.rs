use super::{DONE, USAGE, json, run};

/// What is wrong is told before there is an attempt to connect.
const NOWHERE: &str = "postgres://nobody@127.0.0.1:1/none";

#[test]
fn wrong_use_is_told_with_the_usage() {
    let cases = [
        ("", "Usage: example-app migrate"),
        ("upp", "'up'"),
        ("up --execute", "--dry-run"),
        ("down --steps 0 --yes", "0"),
        ("down --steps 1 --to 2 --yes", "cannot be used with"),
        ("resolve 1", "--retry"),
        ("resolve 1 --retry --done", "cannot be used with"),
        ("baseline", "<VERSION>"),
        ("wait --deadline soon", "--deadline"),
        ("status --format xml", "human, json"),
        ("up --to 17", "version 17 is not embedded"),
        ("status --set other", "no set is called `other`; there are: default"),
    ];
    for (arguments, expected) in cases {
        let told = run(NOWHERE, arguments, USAGE);
        assert!(told.err.contains(expected), "{arguments}: {}", told.err);
        assert_eq!(told.out, "", "{arguments}");
    }
    assert_eq!(json(NOWHERE, "up --to 17", USAGE)["error"]["kind"], "usage");
}

#[test]
fn help_teaches() {
    let help = run(NOWHERE, "--help", DONE).out;
    for part in ["Usage: example-app migrate", "Exit codes:", "baseline", "--lock-deadline"] {
        assert!(help.contains(part), "{help}");
    }
    let commands = [
        "up", "status", "plan", "verify", "wait", "down", "redo", "baseline", "resolve", "repair",
        "history", "unlock", "version",
    ];
    for command in commands {
        let help = run(NOWHERE, &format!("{command} --help"), DONE).out;
        assert!(help.contains(&format!("Usage: example-app migrate {command}")), "{help}");
    }
}
