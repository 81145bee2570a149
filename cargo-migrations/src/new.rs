use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::SystemTime;

use migrations_source::{LOCK_FILE, REPEATABLE, is_name, version_digits};

use crate::args::New;
use crate::console::Console;
use crate::failure::{Failure, Outcome};
use crate::folder::{command, find_or_create, touch};
use crate::paths::shown;
use crate::version;

/// Creates the file of a new migration or repeatable object, and prints its path.
pub(crate) fn run(
    args: &New,
    dir: Option<&Path>,
    console: &mut Console<'_>,
) -> Result<Outcome, Failure> {
    let name = name(&args.name)?;
    let folder = find_or_create(dir)?;
    if args.repeatable {
        create_repeatable(&folder.join(REPEATABLE), &name, console)?;
    } else {
        create_versioned(&folder, &name, args, console)?;
    }
    let lock_file = folder.join(LOCK_FILE);
    if lock_file.exists() {
        touch(&lock_file)?;
        let lock = command("lock", dir);
        console.note(&format!("when its SQL is written, list it in {LOCK_FILE} with `{lock}`"))?;
    }
    Ok(Outcome::Fine)
}

fn create_versioned(
    folder: &Path,
    name: &str,
    args: &New,
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    let version = next_version(folder, args.timestamp)?;
    let up = format!("{version}_{name}.sql");
    create(&folder.join(&up), UP, console)?;
    if args.down {
        let text = format!(
            "-- Write below what undoes {up}; as long as there is nothing, it does not compile.\n"
        );
        create(&folder.join(format!("{version}_{name}.down.sql")), &text, console)?;
    }
    Ok(())
}

fn create_repeatable(folder: &Path, name: &str, console: &mut Console<'_>) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| {
        Failure::new(format!("cannot create the folder `{}`: {error}", shown(folder)))
            .help("see to the rights on the folder above it")
    })?;
    create(&folder.join(format!("{name}.sql")), OBJECT, console)
}

/// It must not read as a directive, no more than the next one.
const UP: &str = "\
-- Write the SQL of this migration below; as long as there is none, it does not compile.
--
-- It is applied once, as one transaction: it needs no BEGIN or COMMIT, and no IF NOT EXISTS.
-- Once it is applied anywhere, leave it as it is and write another one.
--
-- Directives stand before the first statement, in comments of their own such as
--   -- migrations: lock-timeout=2s, statement-timeout=10min

";

const OBJECT: &str = "\
-- Write the SQL of this object below; as long as there is none, it does not compile.
--
-- It is applied after the migrations, as one transaction, and again whenever it has changed: write
-- CREATE OR REPLACE, or drop what was there before.
--
-- Directives stand before the first statement, in comments of their own such as
--   -- migrations: after=other_object

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
