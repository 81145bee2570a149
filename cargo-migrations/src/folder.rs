use std::env;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use migrations_source::{LOCK_FILE, Lock};

use crate::failure::Failure;
use crate::paths::shown;

/// The folder that a command is about, as a canonical path.
pub(crate) fn find(dir: Option<&Path>) -> Result<PathBuf, Failure> {
    match dir {
        Some(dir) => open(dir),
        None => migrations_source::locate(&manifest_dir()?, None).map_err(|problem| {
            Failure::new(problem.message()).help(
                "create it with a first file by `cargo migrations new NAME`, or name another folder \
                 with `--dir`",
            )
        }),
    }
}

/// The folder that a command is about; where there is none, one is made.
pub(crate) fn find_or_create(dir: Option<&Path>) -> Result<PathBuf, Failure> {
    let dir = dir.map_or_else(default_dir, |dir| Ok(dir.into()))?;
    fs::create_dir_all(&dir).map_err(|error| {
        Failure::new(format!("cannot create the folder `{}`: {error}", dir.display()))
            .help("name another folder with `--dir`")
    })?;
    open(&dir)
}

/// The lock of a folder, if it has one.
pub(crate) fn read_lock(folder: &Path) -> Result<Option<Lock>, Failure> {
    Lock::read(folder).map_err(|error| {
        Failure::new(format!("cannot read `{}`: {error}", shown(&folder.join(LOCK_FILE))))
            .help("bring back the committed file")
    })
}

/// What is typed to run a command on the same folder.
pub(crate) fn command(name: &str, dir: Option<&Path>) -> String {
    migrations_source::cargo_command(name, dir.map(|dir| dir.display().to_string()).as_deref())
}

/// Makes a file that cargo knows of newer, so that it compiles the crate again.
pub(crate) fn touch(path: &Path) -> Result<(), Failure> {
    let file = File::options().append(true).open(path);
    file.and_then(|file| file.set_modified(SystemTime::now())).map_err(|error| {
        Failure::new(format!("cannot set the time of `{}`: {error}", shown(path)))
            .help("all else is done; save the file, so that cargo compiles the crate again")
    })
}

fn open(dir: &Path) -> Result<PathBuf, Failure> {
    let canonical = dir.canonicalize().map_err(|error| cannot_open(dir, &error))?;
    if canonical.is_dir() {
        return Ok(canonical);
    }
    Err(cannot_open(dir, &io::ErrorKind::NotADirectory.into()))
}

fn cannot_open(dir: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("cannot open the folder `{}`: {error}", dir.display())).help(
        "`--dir` names the folder of the migrations, relative to the working directory; `cargo \
         migrations new` creates it",
    )
}

fn default_dir() -> Result<PathBuf, Failure> {
    let manifest_dir = manifest_dir()?;
    let found = migrations_source::locate(&manifest_dir, None);
    Ok(found.unwrap_or_else(|_| manifest_dir.join("migrations")))
}

/// Where the manifest of the crate lies that the working directory belongs to.
fn manifest_dir() -> Result<PathBuf, Failure> {
    let here = env::current_dir().map_err(|error| {
        Failure::new(format!("cannot tell the working directory: {error}"))
            .help("change into a folder that exists")
    })?;
    let manifest_dir = here.ancestors().find(|dir| dir.join("Cargo.toml").is_file());
    manifest_dir.map(Path::to_path_buf).ok_or_else(|| {
        Failure::new(format!("no Cargo.toml in `{}` or above", here.display())).help(
            "change into the crate whose migrations are meant, or name their folder with `--dir`",
        )
    })
}
