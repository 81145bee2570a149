use std::env;
use std::path::{Component, Path, PathBuf};

/// A canonical path as it can be opened from the working directory, and short.
pub(crate) fn shown(path: &Path) -> String {
    let here = env::current_dir().and_then(|here| here.canonicalize());
    here.map_or_else(|_| path.into(), |here| relative(path, &here)).display().to_string()
}

/// From `base` to `path`, both absolute. Where they have no folder in common, the path as it is.
pub(crate) fn relative(path: &Path, base: &Path) -> PathBuf {
    let is_same = |(a, b): &(Component<'_>, Component<'_>)| a == b;
    let common = path.components().zip(base.components()).take_while(is_same).count();
    let in_common = path.components().take(common);
    if !in_common.into_iter().any(|part| matches!(part, Component::Normal(_))) {
        return path.into();
    }
    let up = base.components().skip(common).map(|_| Component::ParentDir);
    let relative: PathBuf = up.chain(path.components().skip(common)).collect();
    if relative.as_os_str().is_empty() { ".".into() } else { relative }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::relative;

    #[test]
    fn leads_from_one_folder_to_another() {
        let cases = [
            ("/home/a/migrations/1_x.sql", "/home/a", "migrations/1_x.sql"),
            ("/home/a/migrations", "/home/a/crates/b", "../../migrations"),
            ("/home/a", "/home/a", "."),
            ("/home/a", "/home/a/b", ".."),
            ("/srv/migrations", "/home/a", "/srv/migrations"),
            ("/srv/migrations", "/", "/srv/migrations"),
        ];
        for (path, base, expected) in cases {
            assert_eq!(relative(Path::new(path), Path::new(base)), Path::new(expected), "{path}");
        }
    }
}
