use std::path::PathBuf;
use std::{env, fs, io, process};

use crate::server::Refusal;
use migrations_source::{Diagnostic, Rule, read};

/// The rules about what is no SQL.
const RULES: [Rule; 3] = [Rule::Syntax, Rule::PsqlCommand, Rule::CopyFromStdin];

/// A folder with one migration, whose text changes.
pub(crate) struct Migration {
    folder: PathBuf,
}

impl Migration {
    pub(crate) fn new() -> io::Result<Self> {
        let folder = env::temp_dir().join(format!("corpus-{}", process::id()));
        fs::create_dir(&folder)?;
        Ok(Self { folder })
    }

    /// Why this text cannot be a migration, if that is because it is not, or not only, SQL.
    pub(crate) fn refusal(&self, text: &str) -> io::Result<Option<Refusal>> {
        fs::write(self.folder.join("0001_text.sql"), text)?;
        let problems = read(&self.folder).problems;
        let is_no_sql = |problem: &&Diagnostic| problem.rule().is_some_and(|r| RULES.contains(&r));
        let first = problems.iter().find(is_no_sql);
        Ok(first.map(|first| Refusal { offset: None, message: first.message().to_owned() }))
    }
}

impl Drop for Migration {
    fn drop(&mut self) {
        // What is left in the directory for temporary files does no harm.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
