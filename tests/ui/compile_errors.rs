//! What the compiler says of each mistake, to the letter. What is right stands in `ui/pass`.
//!
//! After a change of a message: `TRYBUILD=overwrite cargo test -p migrations-ui --test ui`.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

#[test]
fn compile_errors() {
    bring_the_fixtures();
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}

/// The cases are compiled in a project of their own, and paths are relative to its manifest.
fn bring_the_fixtures() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let project = target.join("tests/trybuild").join(env!("CARGO_PKG_NAME"));
    fs::create_dir_all(&project).unwrap();
    let link = project.join("fixtures");
    let _ = fs::remove_file(&link);
    symlink(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), link).unwrap();
}
