//! Runs this program under callgrind and reads what it counted.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::process::Command;

use local_postgres::TemporaryServer;

use crate::Result;

/// Instructions of each function itself, by its object file and name.
pub(crate) type Counts = BTreeMap<(String, String), f64>;

/// Of one time, with all threads: the difference between few times and many, so that starting, ending
/// and connecting count nothing.
pub(crate) fn count(what: &str) -> Result<Counts> {
    let server = TemporaryServer::start()?;
    let url = server.url("postgres");
    run(command(&env::current_exe()?.to_string_lossy(), &url).args(["do", what, "1"]))?;
    let (few, many) = times(what);
    let [base, more] = [few, many].map(|times| counted(what, times, &url));
    let (base, more) = (base?, more?);
    let once = |(name, count): (&_, &f64)| {
        let before = base.get(name).copied().unwrap_or_default();
        (Clone::clone(name), (count - before) / f64::from(many - few))
    };
    Ok(more.iter().map(once).collect())
}

/// An expansion takes long.
fn times(what: &str) -> (u32, u32) {
    if what == "no-op" { (20, 220) } else { (0, 1) }
}

fn counted(what: &str, times: u32, url: &str) -> Result<Counts> {
    let folder = env::temp_dir().join(format!("counted-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let output = folder.join("out");
    let mut valgrind = command("valgrind", url);
    valgrind.args(["--tool=callgrind", "--quiet", "--error-exitcode=0"]);
    valgrind.arg(format!("--callgrind-out-file={}", output.display()));
    valgrind.arg(env::current_exe()?).args(["do", what, &times.to_string()]);
    let result = run(&mut valgrind).and_then(|()| Ok(read(&fs::read_to_string(&output)?)));
    fs::remove_dir_all(&folder)?;
    result
}

/// The macro asks cargo, by its environment, which crate is being compiled.
fn command(program: &str, url: &str) -> Command {
    let mut command = Command::new(program);
    command
        .env("DATABASE_URL", url)
        .env("CARGO_MANIFEST_DIR", env!("CARGO_MANIFEST_DIR"))
        .env("CARGO_PKG_NAME", env!("CARGO_PKG_NAME"))
        .env("CARGO_PKG_VERSION", env!("CARGO_PKG_VERSION"));
    command
}

fn run(command: &mut Command) -> Result {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr))
        .into())
}

/// Names are written once and numbered; the line after `calls=` is the cost of the function called.
/// See the format's description in valgrind's manual, "Callgrind Format Specification".
fn read(text: &str) -> Counts {
    let mut names = [BTreeMap::new(), BTreeMap::new()];
    let (mut object, mut function, mut of_callee) = (String::new(), String::new(), false);
    let mut counts = Counts::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("ob=") {
            object = resolve(&mut names[0], name);
        } else if let Some(name) = line.strip_prefix("cob=") {
            resolve(&mut names[0], name);
        } else if let Some(name) = line.strip_prefix("fn=") {
            function = resolve(&mut names[1], name);
        } else if let Some(name) = line.strip_prefix("cfn=") {
            resolve(&mut names[1], name);
        } else if line.starts_with("calls=") {
            of_callee = true;
        } else if line.starts_with(|c: char| c.is_ascii_digit() || "+-*".contains(c)) {
            let cost = line.split(' ').nth(1).and_then(|cost| cost.parse::<f64>().ok());
            if !std::mem::take(&mut of_callee) {
                *counts.entry((object.clone(), function.clone())).or_default() +=
                    cost.unwrap_or_default();
            }
        }
    }
    counts
}

fn resolve(names: &mut BTreeMap<String, String>, name: &str) -> String {
    let (number, name) = name.split_once(')').unwrap_or((name, ""));
    let known = names.entry(number.into()).or_default();
    if !name.trim().is_empty() {
        name.trim().clone_into(known);
    }
    known.clone()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn counts_what_a_function_does_itself() {
        let text = "events: Ir\nob=(1) /lib/x.so\nfn=(1) a\n16 20\n+1 2\ncfn=(2) b\ncalls=1 50\n\
                    16 400\n* 1\n\nfn=(2)\n51 400\n\ntotals: 423\n";
        let counts = read(text);
        let of = |name: &str| counts[&("/lib/x.so".to_string(), name.to_string())];
        assert!((of("a") - 23.0).abs() < 0.1);
        assert!((of("b") - 400.0).abs() < 0.1);
    }
}
