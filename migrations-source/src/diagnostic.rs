use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::position::Position;

/// What is wrong with a file or a folder of migrations, and what to do about it.
///
/// It displays as `path:line:column: message`, with the help on a line of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    path: String,
    position: Option<Position>,
    message: String,
    help: Option<String>,
}

impl Diagnostic {
    pub(crate) fn new(path: &Path, message: impl Into<String>) -> Self {
        Self { path: Self::shown_path(path), position: None, message: message.into(), help: None }
    }

    pub(crate) fn at(self, position: Position) -> Self {
        Self { position: Some(position), ..self }
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// The path as people are told of it: relative to the working directory, which for the compiler
    /// is the root of the workspace; the folder and the file where the path lies elsewhere, because
    /// the place of a build machine's checkout is nobody's business.
    pub(crate) fn shown_path(path: &Path) -> String {
        inside_working_directory(path).unwrap_or_else(|| last_two(path).display().to_string())
    }

    /// The whole path, where that is what people need to know.
    pub(crate) fn full_path(path: &Path) -> String {
        inside_working_directory(path).unwrap_or_else(|| path.display().to_string())
    }
}

fn inside_working_directory(path: &Path) -> Option<String> {
    // Asked for once: it is told of every file.
    static HERE: LazyLock<io::Result<PathBuf>> =
        LazyLock::new(|| std::env::current_dir().and_then(|here| here.canonicalize()));
    let here = HERE.as_ref().ok()?;
    path.strip_prefix(here).ok().map(|inside| inside.display().to_string())
}

fn last_two(path: &Path) -> PathBuf {
    let names: Vec<_> = path.components().collect();
    names[names.len().saturating_sub(2)..].iter().collect()
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if let Some(position) = self.position {
            write!(f, ":{position}")?;
        }
        write!(f, ": {}", self.message)?;
        match &self.help {
            Some(help) => write!(f, "\n  = help: {help}"),
            None => Ok(()),
        }
    }
}
