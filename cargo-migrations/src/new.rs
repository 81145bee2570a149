use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::SystemTime;

use migrations_source::{LOCK_FILE, is_name, version_digits};

use crate::args::New;
use crate::console::Console;
use crate::failure::{Failure, Outcome};
use crate::folder::{command, find_or_create, touch};
use crate::paths::shown;
use crate::version;

/// Creates the file of a new migration, and prints its path.
pub(crate) fn run(
    args: &New,
    dir: Option<&Path>,
    console: &mut Console<'_>,
) -> Result<Outcome, Failure> {
    let name = name(&args.name)?;
    let folder = find_or_create(dir)?;
    let version = next_version(&folder, args.timestamp)?;
    let up = format!("{version}_{name}.sql");
    create(&folder.join(&up), UP, console)?;
    if args.down {
        let text = format!("-- Write below what undoes {up}.\n");
        create(&folder.join(format!("{version}_{name}.down.sql")), &text, console)?;
    }
    let lock_file = folder.join(LOCK_FILE);
    if lock_file.exists() {
        touch(&lock_file)?;
        let lock = command("lock", dir);
        console.note(&format!("when its SQL is written, list it in {LOCK_FILE} with `{lock}`"))?;
    }
    Ok(Outcome::Fine)
}

/// It must not read as a directive.
const UP: &str = "\
-- Write the SQL of this migration below; as long as there is none, it does not compile.
--
-- It is applied once, as one transaction: it needs no BEGIN or COMMIT, and no IF NOT EXISTS.
-- Once it is applied anywhere, leave it as it is and write another one.
--
-- Directives stand before the first statement, in comments of their own such as
--   -- migrations: lock-timeout=2s, statement-timeout=10min

";

fn name(given: &str) -> Result<String, Failure> {
    let name = given.split_whitespace().collect::<Vec<_>>().join("_");
    if is_name(&name) {
        return Ok(name);
    }
    Err(Failure::new(format!("a migration cannot be called {given:?}")).help(
        "write ASCII letters, digits, `_` or `-`, such as create_users; the version and `.sql` are \
         added",
    ))
}

fn next_version(folder: &Path, wants_timestamp: bool) -> Result<String, Failure> {
    let names = file_names(folder).map_err(|error| {
        Failure::new(format!("cannot read the folder `{}`: {error}", shown(folder)))
            .help("see to the rights on it, or name another folder with `--dir`")
    })?;
    let taken = names.iter().filter_map(|name| version_digits(name));
    version::next(taken, wants_timestamp, SystemTime::now())
}

fn file_names(folder: &Path) -> io::Result<Vec<String>> {
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    fs::read_dir(folder)?.map(|entry| entry.map(name)).collect()
}

fn create(path: &Path, text: &str, console: &mut Console<'_>) -> Result<(), Failure> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| {
        Failure::new(format!("cannot create `{}`: {error}", shown(path)))
            .help("see to the rights on the folder, and call the migration otherwise")
    })?;
    writeln!(console.out, "{}", shown(path))?;
    Ok(())
}
