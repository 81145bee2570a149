//! Two branches that both add a file conflict in git, on purpose.

use std::process::Command;

use crate::support::{Crate, Ran};

const LOCK: &str = "migrations/migrations.lock";

fn git(here: &Crate, arguments: &[&str]) -> Ran {
    let mut git = Command::new("git");
    git.envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")]);
    git.envs([("GIT_AUTHOR_NAME", "a"), ("GIT_AUTHOR_EMAIL", "a@example.org")]);
    git.envs([("GIT_COMMITTER_NAME", "a"), ("GIT_COMMITTER_EMAIL", "a@example.org")]);
    Ran::of(git.args(arguments).current_dir(&here.root).output().unwrap())
}

#[track_caller]
fn must(here: &Crate, arguments: &[&str]) {
    let ran = git(here, arguments);
    assert_eq!(ran.code, Some(0), "{arguments:?}: {}{}", ran.out, ran.err);
}

fn commit(here: &Crate) {
    must(here, &["add", "."]);
    must(here, &["commit", "--quiet", "--message", "x"]);
}

/// Adds a file on a branch, locks it and commits both.
fn branch(here: &Crate, name: &str, file_name: &str, text: &str) {
    must(here, &["checkout", "--quiet", "-b", name, "base"]);
    here.migration(file_name, text);
    assert_eq!(here.run("lock").code, Some(0));
    commit(here);
}

fn repository(name: &str) -> Crate {
    let here = Crate::with(name, &[("0001_a.sql", "create table a ();\n")]);
    assert_eq!(here.run("lock").code, Some(0));
    must(&here, &["init", "--quiet"]);
    must(&here, &["checkout", "--quiet", "-b", "base"]);
    commit(&here);
    here
}

/// Merges into the branch that is checked out, in one of the styles of conflicts.
fn merge_with_conflict(here: &Crate, other: &str, style: &str) {
    let style = format!("merge.conflictStyle={style}");
    assert_eq!(git(here, &["-c", &style, "merge", "--quiet", other]).code, Some(1));
    let unmerged = git(here, &["diff", "--name-only", "--diff-filter=U"]);
    assert_eq!(unmerged.out, format!("{LOCK}\n"));
}

#[test]
fn lock_takes_the_lines_of_both_branches() {
    for style in ["merge", "diff3"] {
        let here = repository(&format!("conflict-{style}"));
        branch(&here, "theirs", "0003_c.sql", "create table c ();\n");
        branch(&here, "ours", "0002_b.sql", "create table b ();\n");
        merge_with_conflict(&here, "theirs", style);
        let ran = here.run("check");
        assert_eq!(ran.code, Some(1));
        let expected = "error: two branches were merged, and git left a conflict\n --> \
                        migrations/migrations.lock:4:1\n";
        assert!(ran.out.starts_with(expected), "{}", ran.out);

        let ran = here.run("lock");
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
        let marks = ran.out.lines().filter(|line| line.starts_with("conflict   ")).count();
        assert_eq!(marks, if style == "merge" { 3 } else { 4 }, "{}", ran.out);
        let expected = "\
moved      0003_c.sql is what it was, below another line than before
wrote migrations/migrations.lock: 3 migrations
";
        assert!(ran.out.ends_with(expected), "{}", ran.out);
        here.run("check").is(0, "migrations: 3 migrations, no problems\n", "");
        commit(&here);
    }
}

#[test]
fn an_edit_that_a_conflict_hides_is_still_asked_about() {
    let here = repository("conflict-edit");
    branch(&here, "theirs", "0003_c.sql", "create table c ();\n");
    branch(&here, "ours", "0002_b.sql", "create table b ();\n");
    merge_with_conflict(&here, "theirs", "merge");
    here.migration("0003_c.sql", "create table other ();\n");
    let ran = here.run("lock");
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.ends_with("run `cargo migrations lock --accept`\n"), "{}", ran.err);
    assert!(here.read(LOCK).contains("<<<<<<<"));
}

#[test]
fn two_files_of_one_version_have_to_be_told_apart_first() {
    let here = repository("conflict-version");
    branch(&here, "theirs", "0002_c.sql", "create table c ();\n");
    branch(&here, "ours", "0002_b.sql", "create table b ();\n");
    merge_with_conflict(&here, "theirs", "merge");
    let ran = here.run("lock");
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    assert!(
        ran.err.starts_with("error: version 2 is taken by `migrations/0002_b.sql`\n"),
        "{}",
        ran.err
    );
    must(&here, &["mv", "migrations/0002_c.sql", "migrations/0003_c.sql"]);
    let ran = here.run("lock --accept");
    assert!(ran.out.contains("\nrenamed    0002_c.sql to 0003_c.sql\n"), "{}", ran.out);
    here.run("check").is(0, "migrations: 3 migrations, no problems\n", "");
}
