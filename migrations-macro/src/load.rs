use std::env;
use std::path::{Path, PathBuf};

use migrations_source::{
    Diagnostic, Folder, LOCK_FILE, Migration, Severity, check, locate, set_digest,
};

use crate::input::Input;

/// All that is embedded, and what is to be said about it.
#[derive(Default)]
pub(crate) struct Set {
    pub(crate) migrations: Vec<Migration>,
    pub(crate) repeatables: Vec<Migration>,
    pub(crate) digest: String,
    pub(crate) application: String,
    pub(crate) folder: PathBuf,
    /// The lock file, where there is one.
    pub(crate) lock: Option<PathBuf>,
    pub(crate) warnings: Vec<String>,
}

/// What keeps a folder from being embedded, and what else is to be said about it.
pub(crate) struct Refusal {
    pub(crate) errors: Vec<String>,
    pub(crate) warnings: Vec<String>,
}

/// Reads the folder of the crate that is being compiled; cargo tells about the crate in the
/// environment.
pub(crate) fn load(input: &Input) -> Result<Set, Refusal> {
    let manifest_dir = variable("CARGO_MANIFEST_DIR")?;
    let application = format!("{} {}", variable("CARGO_PKG_NAME")?, variable("CARGO_PKG_VERSION")?);
    let folder = locate(Path::new(&manifest_dir), input.folder().as_deref())
        .map_err(|problem| Refusal::new(problem.to_string()))?;
    set(check(&folder), application)
}

fn set(folder: Folder, application: String) -> Result<Set, Refusal> {
    let Folder { path, migrations, repeatables, problems } = folder;
    let (errors, warnings): (Vec<_>, Vec<_>) =
        problems.iter().partition(|problem| problem.severity() == Severity::Error);
    let [errors, warnings] = [errors, warnings].map(tell);
    if !errors.is_empty() {
        return Err(Refusal { errors, warnings });
    }
    let lock = Some(path.join(LOCK_FILE)).filter(|lock| lock.exists());
    let digest = set_digest(&migrations, &repeatables);
    Ok(Set { migrations, repeatables, digest, application, folder: path, lock, warnings })
}

fn tell(problems: Vec<&Diagnostic>) -> Vec<String> {
    problems.into_iter().map(ToString::to_string).collect()
}

fn variable(name: &str) -> Result<String, Refusal> {
    env::var(name)
        .map_err(|_| Refusal::new(format!("cargo did not set {name}: build the crate with cargo")))
}

impl Refusal {
    fn new(error: String) -> Self {
        Self { errors: vec![error], warnings: Vec::new() }
    }
}
