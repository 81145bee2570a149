use std::env;
use std::path::Path;

use migrations_source::{Migration, locate, read, set_digest};

use crate::input::Input;

/// All that is embedded.
pub(crate) struct Set {
    pub(crate) migrations: Vec<Migration>,
    pub(crate) digest: String,
    pub(crate) application: String,
}

/// Reads the folder of the crate that is being compiled; cargo tells about the crate in the
/// environment.
pub(crate) fn load(input: &Input) -> Result<Set, Vec<String>> {
    let manifest_dir = variable("CARGO_MANIFEST_DIR")?;
    let application = format!("{} {}", variable("CARGO_PKG_NAME")?, variable("CARGO_PKG_VERSION")?);
    let migrations = locate(Path::new(&manifest_dir), input.folder().as_deref())
        .map_err(|problem| vec![problem])
        .and_then(|folder| read(&folder))
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    Ok(Set { digest: set_digest(&migrations), migrations, application })
}

fn variable(name: &str) -> Result<String, Vec<String>> {
    env::var(name)
        .map_err(|_| vec![format!("cargo did not set {name}: build the crate with cargo")])
}
