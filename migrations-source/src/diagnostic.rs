use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::excerpt::{Excerpt, printable};
use crate::position::Position;
use crate::rules::Rule;

/// What is wrong with a file or a folder of migrations, and what to do about it.
///
/// It displays as `path:line:column: message`, with the excerpt and the help on lines of their own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    path: String,
    position: Option<Position>,
    message: Box<str>,
    severity: Severity,
    rule: Option<Rule>,
    excerpt: Option<Box<Excerpt>>,
    help: Vec<String>,
    file: Box<Path>,
}

/// Whether a problem keeps a folder from being embedded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The folder cannot be embedded.
    Error,
    /// The folder can be embedded; the compiler warns.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

impl Diagnostic {
    pub(crate) fn new(path: &Path, message: impl Into<String>) -> Self {
        Self {
            path: Self::shown_path(path),
            position: None,
            message: printable(&message.into()).into(),
            severity: Severity::Error,
            rule: None,
            excerpt: None,
            help: Vec::new(),
            file: path.into(),
        }
    }

    pub(crate) fn of(self, rule: Rule, severity: Severity) -> Self {
        Self { severity, rule: Some(rule), ..self }
    }

    pub(crate) fn at(self, position: Position) -> Self {
        Self { position: Some(position), ..self }
    }

    pub(crate) fn showing(self, excerpt: Excerpt) -> Self {
        Self { excerpt: Some(Box::new(excerpt)), ..self }
    }

    /// One more thing that can be done.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(printable(&help.into()));
        self
    }

    /// The file or the folder, as people are told of it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The file or the folder, as it can be opened from anywhere.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Where in the file.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// What is wrong, in one line.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether it is an error or a warning.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The rule that it follows from, if files can be let through by the rule's name.
    #[must_use]
    pub fn rule(&self) -> Option<Rule> {
        self.rule
    }

    /// The line of the file with a mark below the place.
    #[must_use]
    pub fn excerpt(&self) -> Option<&Excerpt> {
        self.excerpt.as_deref()
    }

    /// What can be done about it, the best first.
    #[must_use]
    pub fn helps(&self) -> &[String] {
        &self.help
    }

    /// The path as people are told of it: relative to the working directory, which for the compiler
    /// is the root of the workspace; the folder and the file where the path lies elsewhere, because
    /// the place of a build machine's checkout is nobody's business.
    pub(crate) fn shown_path(path: &Path) -> String {
        printable(
            &inside_working_directory(path).unwrap_or_else(|| last_two(path).display().to_string()),
        )
    }

    /// The whole path, where that is what people need to know.
    pub(crate) fn full_path(path: &Path) -> String {
        printable(&inside_working_directory(path).unwrap_or_else(|| path.display().to_string()))
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
        if let Some(excerpt) = &self.excerpt {
            write!(f, "\n{excerpt}")?;
        }
        self.help.iter().try_for_each(|help| write!(f, "\n  = help: {help}"))
    }
}
