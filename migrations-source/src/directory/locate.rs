use std::fs;
use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;

/// Finds the folder of migrations for the crate whose manifest lies in `manifest_dir`.
///
/// `argument` is relative to `manifest_dir`; without it, it is the crate's own `migrations/`, else
/// the one at the root of the crate's workspace.
///
/// # Errors
///
/// No such folder; the diagnostic says where it was looked for.
pub fn locate(manifest_dir: &Path, argument: Option<&str>) -> Result<PathBuf, Diagnostic> {
    let candidates = candidates(manifest_dir, argument);
    let found = candidates.iter().find(|path| path.is_dir());
    found
        .and_then(|path| path.canonicalize().ok())
        .ok_or_else(|| not_found(manifest_dir, argument, &candidates))
}

fn candidates(manifest_dir: &Path, argument: Option<&str>) -> Vec<PathBuf> {
    if let Some(argument) = argument {
        return vec![manifest_dir.join(argument)];
    }
    let root = manifest_dir.ancestors().find(|dir| is_workspace_root(dir));
    let other_root = root.filter(|root| *root != manifest_dir);
    [Some(manifest_dir), other_root]
        .into_iter()
        .flatten()
        .map(|dir| dir.join("migrations"))
        .collect()
}

fn is_workspace_root(dir: &Path) -> bool {
    let manifest = fs::read_to_string(dir.join("Cargo.toml")).unwrap_or_default();
    manifest.lines().any(|line| line.trim_start().starts_with("[workspace"))
}

fn not_found(manifest_dir: &Path, argument: Option<&str>, candidates: &[PathBuf]) -> Diagnostic {
    let full = |path: &PathBuf| format!("`{}`", Diagnostic::full_path(path));
    let looked_for: Vec<_> = candidates.iter().map(full).collect();
    let message = format!("no such folder of migrations: looked for {}", looked_for.join(" and "));
    let path = manifest_dir.join(argument.unwrap_or("migrations"));
    Diagnostic::new(&path, message).help(
        "create it with a first file such as 0001_create_users.sql; a path that is given to the \
         macro is relative to the crate's Cargo.toml",
    )
}
