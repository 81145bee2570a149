use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_cargo-migrations");

/// A crate in a folder of its own.
pub(crate) struct Crate {
    pub(crate) root: PathBuf,
}

impl Crate {
    pub(crate) fn new(name: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).unwrap();
        let here = Self { root: root.canonicalize().unwrap() };
        here.write("Cargo.toml", "[package]\nname = \"x\"\n\n[workspace]\n");
        here
    }

    /// A crate with these files in `migrations`.
    pub(crate) fn with(name: &str, files: &[(&str, &str)]) -> Self {
        let here = Self::new(name);
        fs::create_dir(here.root.join("migrations")).unwrap();
        for (file_name, text) in files {
            here.migration(file_name, text);
        }
        here
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn migration(&self, file_name: &str, text: &str) {
        self.write(&format!("migrations/{file_name}"), text);
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.root.join(path)).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    /// Makes a file older than everything that was compiled from it.
    pub(crate) fn make_old(&self, path: &str) {
        let file = File::options().append(true).open(self.root.join(path)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    }

    pub(crate) fn is_old(&self, path: &str) -> bool {
        let metadata = self.root.join(path).metadata().unwrap();
        metadata.modified().unwrap() == SystemTime::UNIX_EPOCH
    }

    /// The names in a folder, sorted.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.root.join(folder)).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Runs the command in the crate's folder.
    pub(crate) fn run(&self, arguments: &str) -> Ran {
        self.run_in("", arguments)
    }

    pub(crate) fn run_in(&self, folder: &str, arguments: &str) -> Ran {
        self.run_with(folder, &arguments.split_whitespace().collect::<Vec<_>>(), &[])
    }

    pub(crate) fn run_with(
        &self,
        folder: &str,
        arguments: &[&str],
        variables: &[(&str, &OsStr)],
    ) -> Ran {
        let mut command = Command::new(BINARY);
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "GITHUB_WORKSPACE"] {
            command.env_remove(name);
        }
        command.envs(variables.iter().copied());
        Ran::of(command.args(arguments).current_dir(self.root.join(folder)).output().unwrap())
    }
}

/// How a command ended, and what it printed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub(crate) fn is(&self, code: i32, out: &str, err: &str) {
        assert_eq!((self.out.as_str(), self.err.as_str(), self.code), (out, err, Some(code)));
    }
}
