//! What must hold for any input. Each function panics where it does not.

mod blanks;
mod choice;
pub mod directives;
pub mod errors;
pub mod file;
pub mod folder;
pub mod history;
pub mod lock;
pub mod splitting;
pub mod syntax;

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::thread;

    use arbitrary::{Arbitrary, Unstructured};

    use super::{directives, errors, file, folder, history, lock, splitting, syntax};

    /// The SQL of this repository, and what the targets found once.
    #[test]
    fn holds_for_what_is_known() {
        let mut files = Vec::new();
        for folder in ["../migrations", "../tests", "regressions"] {
            collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
        }
        assert!(files.len() > 10, "too few: {files:?}");
        // Without optimization, the grammar's actions need more stack than a test's thread has.
        let thread = thread::Builder::new().stack_size(1 << 26);
        thread.spawn(|| files.into_iter().for_each(holds_for)).unwrap().join().unwrap();
    }

    fn holds_for(path: PathBuf) {
        println!("{}", path.display());
        let bytes = fs::read(path).unwrap();
        file::check(&bytes);
        if let Ok(text) = str::from_utf8(&bytes) {
            splitting::check(text);
            syntax::check(text);
        }
    }

    fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, files);
            } else if path.extension() == Some(OsStr::new("sql")) {
                files.push(path);
            }
        }
    }

    #[test]
    fn holds_for_what_can_be_made_of_bytes() {
        for_cases(lock::check);
        for_cases(folder::check);
        for_cases(directives::check);
        for_cases(errors::check);
        for_cases(|rows: &Vec<history::Row>| history::check(rows));
    }

    /// Cases of some kilobytes that are all the same in each run.
    fn for_cases<T: for<'a> Arbitrary<'a>>(check: impl Fn(&T)) {
        let mut bytes: Vec<_> = (0..=u8::MAX).cycle().take(4096).collect();
        for _ in 0..256 {
            bytes.rotate_left(37);
            check(&Unstructured::new(&bytes).arbitrary().unwrap());
        }
    }
}
