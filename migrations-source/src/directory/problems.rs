//! What is told of a folder's files by their names.

use std::io;
use std::path::Path;

use crate::diagnostic::Diagnostic;
use crate::file_name::REPEATABLE;

pub(super) fn unreadable(path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::new(path, format!("cannot be read: {error}"))
}

pub(super) fn misnamed(path: &Path) -> Diagnostic {
    Diagnostic::new(path, "the file name is not VERSION_name.sql").help(
        "rename it to digits, `_`, a name of letters, digits, `_` or `-`, and `.sql`, such as \
         0001_create_users.sql; files that do not end in .sql are left alone",
    )
}

pub(super) fn out_of_range(path: &Path) -> Diagnostic {
    Diagnostic::new(path, "the version is out of range")
        .help(format!("use a sequence or a timestamp of at most {}", i64::MAX))
}

pub(super) fn nested(path: &Path) -> Diagnostic {
    Diagnostic::new(path, "the file lies in a folder below, which is not read")
        .help("move it up into the folder of the migrations, or out of it")
        .help(format!(
            "views, functions and grants, which are applied whenever they change, lie in `{REPEATABLE}/`"
        ))
}

pub(super) fn nested_repeatable(path: &Path) -> Diagnostic {
    Diagnostic::new(path, "the file lies in a folder below, which is not read")
        .help(format!("move it up into `{REPEATABLE}/`, or out of it"))
}

pub(super) fn misnamed_repeatable(path: &Path) -> Diagnostic {
    let problem = Diagnostic::new(path, "the file name is not NAME.sql");
    if path.to_string_lossy().ends_with(".down.sql") {
        return problem.help(
            "remove it: a repeatable object has no down file; it is edited, or dropped by a migration",
        );
    }
    problem.help(
        "rename it to letters, digits, `_` or `-`, and `.sql`, such as open_bets.sql; files that do not \
         end in .sql are left alone",
    )
}

pub(super) fn differs_in_case(path: &Path, other: &Path) -> Diagnostic {
    let other = Diagnostic::shown_path(other);
    Diagnostic::new(path, format!("only its case tells it from `{other}`"))
        .help("rename one of the two: there are file systems that hold only one of them")
}

pub(super) fn duplicate(path: &Path, first: &Path, version: i64) -> Diagnostic {
    let first = Diagnostic::shown_path(first);
    Diagnostic::new(path, format!("version {version} is taken by `{first}`"))
        .help("give the newer of the two files the next free version")
}

pub(super) fn no_migrations(folder: &Path) -> Diagnostic {
    Diagnostic::new(folder, "the folder holds no migration")
        .help("add a first file such as 0001_create_users.sql")
}

pub(super) fn orphan(path: &Path, namesake: Option<&Path>) -> Diagnostic {
    let file_name =
        |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let up = file_name(path).replace(".down.sql", ".sql");
    let problem =
        Diagnostic::new(path, format!("it reverts a migration `{up}`, and there is none"));
    match namesake.map(file_name) {
        Some(up) => problem.help(format!("if it reverts `{up}`, rename it to {}", down_of(&up))),
        None => problem.help("add the migration, or remove the file"),
    }
}

pub(super) fn mismatched(path: &Path, up: &Path) -> Diagnostic {
    let up = up.file_name().unwrap_or_default().to_string_lossy();
    Diagnostic::new(path, format!("its name is not that of the migration, `{up}`"))
        .help(format!("rename it to {}, if it reverts that", down_of(&up)))
}

pub(super) fn second_down(path: &Path, first: &Path) -> Diagnostic {
    let first = Diagnostic::shown_path(first);
    Diagnostic::new(path, format!("`{first}` reverts the same migration"))
        .help("keep one of the two, with the name of the migration")
}

fn down_of(up: &str) -> String {
    format!("{}.down.sql", up.trim_end_matches(".sql"))
}
