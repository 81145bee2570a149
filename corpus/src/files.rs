use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// One SQL file.
pub(crate) struct File {
    pub(crate) path: PathBuf,
    /// The directory that it is in, below the one that was named.
    pub(crate) group: String,
}

/// The SQL files below the directories, in the order of their names.
pub(crate) fn find(directories: &[PathBuf]) -> Result<Vec<File>, String> {
    let mut files = Vec::new();
    for directory in directories {
        let read = |error| format!("cannot read below `{}`: {error}", directory.display());
        let mut paths = Vec::new();
        collect(directory, &mut paths).map_err(read)?;
        paths.sort();
        files.extend(paths.into_iter().map(|path| File { group: group(directory, &path), path }));
    }
    if files.is_empty() {
        return Err("no SQL file there: corpus/collect.sh DIR collects some".into());
    }
    Ok(files)
}

/// Whether the texts of a group contain errors on purpose.
pub(crate) fn has_wanted_errors(group: &str) -> bool {
    group.starts_with("regress")
}

fn collect(directory: &Path, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, paths)?;
        } else if is_sql(&path) {
            paths.push(path);
        }
    }
    Ok(())
}

fn is_sql(path: &Path) -> bool {
    let name = path.to_string_lossy();
    // The second is how files for one of several servers are named.
    [".sql", ".sql.postgres"].iter().any(|end| name.ends_with(end))
}

fn group(directory: &Path, path: &Path) -> String {
    let below = path.strip_prefix(directory).unwrap_or(path);
    let first = below.components().next().filter(|_| below.components().count() > 1);
    first.map_or_else(|| ".".into(), |first| first.as_os_str().to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::{group, is_sql};
    use std::path::Path;

    #[test]
    fn the_first_directory_is_the_group() {
        for (path, expected) in [("d/a/b/c.sql", "a"), ("d/a/c.sql", "a"), ("d/c.sql", ".")] {
            assert_eq!(group(Path::new("d"), Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn names_tell_what_is_for_postgresql() {
        for (name, expected) in
            [("a.sql", true), ("a.sql.postgres", true), ("a.sql.sqlite", false), ("sql", false)]
        {
            assert_eq!(is_sql(Path::new(name)), expected, "{name}");
        }
    }
}
