//! What all commands have in common.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::{BINARY, Crate, Ran};

const FINE: &str = "migrations: 1 migration, no problems\n";
const FILES: [(&str, &str); 1] = [("0001_a.sql", "create table a ();")];

#[test]
fn is_a_command_of_cargo() {
    let here = Crate::with("cargo", &FILES);
    let folder = Path::new(BINARY).parent().unwrap().to_path_buf();
    let others = env::var_os("PATH").unwrap_or_default();
    let path: Vec<PathBuf> = [folder].into_iter().chain(env::split_paths(&others)).collect();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["migrations", "check"]).env("PATH", env::join_paths(path).unwrap());
    Ran::of(cargo.current_dir(&here.root).output().unwrap()).is(0, FINE, "");
    here.run("migrations check").is(0, FINE, "");
    here.run("check").is(0, FINE, "");
}

#[test]
fn finds_the_folder_of_the_crate_from_below_it() {
    let here = Crate::with("below", &FILES);
    here.write("src/deep/lib.rs", "");
    let expected = FINE.replace("migrations:", "../../migrations:");
    here.run_in("src/deep", "check").is(0, &expected, "");
}

#[test]
fn finds_the_folder_at_the_root_of_the_workspace() {
    let here = Crate::with("workspace", &FILES);
    here.write("crates/b/Cargo.toml", "[package]\nname = \"b\"\n");
    let expected = FINE.replace("migrations:", "../../migrations:");
    here.run_in("crates/b", "check").is(0, &expected, "");
    here.write("crates/b/migrations/1_x.sql", "select 1;");
    here.run_in("crates/b", "check").is(0, FINE, "");
}

#[test]
fn takes_another_folder_relative_to_the_working_directory() {
    let here = Crate::new("dir");
    here.write("a/sql/1_x.sql", "select 1;");
    here.run("check --dir a/sql").is(0, "a/sql: 1 migration, no problems\n", "");
    here.run_in("a", "--dir sql check").is(0, "sql: 1 migration, no problems\n", "");
}

#[test]
fn says_where_it_looked() {
    let here = Crate::new("nowhere");
    let expected = "error: no such folder of migrations: looked for `migrations`
  = help: create it with a first file by `cargo migrations new NAME`, or name another folder with \
                    `--dir`\n";
    for command in ["check", "lock", "list"] {
        here.run(command).is(2, "", expected);
    }
    let expected = "error: cannot open the folder `Cargo.toml`: not a directory
  = help: `--dir` names the folder of the migrations, relative to the working directory; `cargo \
                    migrations new` creates it\n";
    here.run("check --dir Cargo.toml").is(2, "", expected);
    let outside = Crate { root: "/".into() };
    let expected = "error: no Cargo.toml in `/` or above
  = help: change into the crate whose migrations are meant, or name their folder with `--dir`\n";
    outside.run("list").is(2, "", expected);
}

/// Runs `list` with an output that refuses what is written to it.
fn list_into(output: impl Into<Stdio>, name: &str) -> Ran {
    let here = Crate::with(name, &FILES);
    let mut command = Command::new(BINARY);
    command.arg("list").current_dir(&here.root).stdout(output).stderr(Stdio::piped());
    Ran::of(command.spawn().unwrap().wait_with_output().unwrap())
}

#[test]
fn is_silent_where_the_reader_has_enough() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    list_into(writer, "closed").is(2, "", "");
}

#[cfg(target_os = "linux")]
#[test]
fn says_when_its_output_is_lost() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let expected = "error: cannot write the output: No space left on device (os error 28)\n";
    list_into(full, "full").is(2, "", expected);
}

#[test]
fn refuses_unknown_arguments() {
    let here = Crate::with("usage", &FILES);
    for arguments in ["", "chekc", "check --format xml", "new", "lock --check --force"] {
        let ran = here.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{arguments}");
        assert!(ran.err.contains("--help"), "{arguments}: {}", ran.err);
    }
}

#[test]
fn every_command_has_a_help_that_fits_a_terminal() {
    let here = Crate::new("help");
    for command in ["", "new", "check", "lock", "list"] {
        let ran = here.run(&format!("{command} --help"));
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{command}");
        assert!(ran.out.contains("\nExit codes:\n"), "{command}: {}", ran.out);
        let longest = ran.out.lines().map(|line| line.chars().count()).max();
        assert!(longest <= Some(100), "{command}: {}", ran.out);
    }
}
