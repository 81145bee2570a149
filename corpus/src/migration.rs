use std::path::PathBuf;
use std::{env, fs, io, process};

use crate::server::Refusal;
use migrations_source::{Diagnostic, Part, Rule, read};

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

    /// What is sent of this text, and why it cannot be a migration, if that is because it is not, or
    /// not only, SQL.
    pub(crate) fn judge<'a>(&self, text: &'a str) -> io::Result<(Vec<&'a str>, Option<Refusal>)> {
        fs::write(self.folder.join("0001_text.sql"), text)?;
        let folder = read(&self.folder);
        let is_no_sql = |problem: &&Diagnostic| problem.rule().is_some_and(|r| RULES.contains(&r));
        let first = folder.problems.iter().find(is_no_sql);
        let refusal = first.map(|it| Refusal { offset: None, message: it.message().to_owned() });
        let parts = folder.migrations.first().map(|migration| migration.parts.as_slice());
        Ok((sent(text, parts.unwrap_or_default()), refusal))
    }
}

/// Without parts, the text as a whole.
fn sent<'a>(text: &'a str, parts: &[Part]) -> Vec<&'a str> {
    if parts.is_empty() {
        return vec![text];
    }
    parts.iter().map(|part| &text[part.sql.clone()]).collect()
}

impl Drop for Migration {
    fn drop(&mut self) {
        // What is left in the directory for temporary files does no harm.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
