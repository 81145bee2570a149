//! Where a folder is looked for.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use migrations_source::locate;

/// A workspace with a member, both without migrations.
fn workspace(name: &str) -> (PathBuf, PathBuf) {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let member = root.join("crates/member");
    let _ = fs::remove_dir_all(&root);
    fs::create_dir_all(&member).unwrap();
    fs::write(root.join("Cargo.toml"), "[package]\nname = 'x'\n\n[workspace.package]\n").unwrap();
    fs::write(member.join("Cargo.toml"), "[package]\nname = 'member'\n").unwrap();
    let canonical = |path: PathBuf| path.canonicalize().unwrap();
    (canonical(root), canonical(member))
}

fn make(folder: PathBuf) -> PathBuf {
    fs::create_dir(&folder).unwrap();
    folder
}

#[test]
fn the_crate_s_own_comes_before_the_workspace_s() {
    let (root, member) = workspace("own");
    let of_root = make(root.join("migrations"));
    assert_eq!(locate(&member, None), Ok(of_root));
    let own = make(member.join("migrations"));
    assert_eq!(locate(&member, None), Ok(own));
}

#[test]
fn an_argument_is_relative_to_the_manifest() {
    let (root, member) = workspace("argument");
    make(member.join("migrations"));
    let sql = make(root.join("sql"));
    assert_eq!(locate(&member, Some("../../sql")), Ok(sql));
}

#[test]
fn an_error_names_all_places() {
    let (root, member) = workspace("nowhere");
    let text = locate(&member, None).unwrap_err().to_string();
    let (first, second) = (member.join("migrations"), root.join("migrations"));
    let expected = format!("looked for `{}` and `{}`", first.display(), second.display());
    assert!(text.contains(&expected), "{text}");
}

#[test]
fn a_root_package_looks_no_further_up() {
    let (root, member) = workspace("root");
    make(root.join("migrations"));
    fs::write(member.join("Cargo.toml"), "[package]\nname = 'member'\n\n[workspace]\n").unwrap();
    let text = locate(&member, None).unwrap_err().to_string();
    let expected = format!("looked for `{}`\n", member.join("migrations").display());
    assert!(text.contains(&expected), "{text}");
}

#[test]
fn a_file_is_no_folder() {
    let (_, member) = workspace("file");
    fs::write(member.join("migrations"), "").unwrap();
    assert!(locate(&member, Some("migrations")).is_err());
}
