#!/usr/bin/env python3
"""Compile times of embedded migrations, ours and our peers': see README.md beside this file."""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import sql

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
EDITION = "2024"
MANY = 1000
LARGE = 5_000_000


class Subject:
    """One tool: how its files are called, its dependencies, and the smallest program that uses it."""

    def __init__(self, name, macro, dependencies, main, files="{version:04}_{name}.sql"):
        self.name, self.macro, self.dependencies = name, macro, dependencies
        self.main, self.files = main, files


def ours(features):
    return f"""
migrations-runtime = {{ path = "{ROOT}/migrations-runtime"{features} }}
r2d2 = "0.8"
r2d2_postgres = "0.18"
"""


OUR_MAIN = """
use migrations_runtime::{Migrations, embed_migrations};
use r2d2_postgres::{PostgresConnectionManager, postgres::NoTls};

static MIGRATIONS: Migrations = embed_migrations!();

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let manager = PostgresConnectionManager::new(std::env::var("DATABASE_URL")?.parse()?, NoTls);
    let pool = r2d2::Pool::new(manager)?;
    MIGRATIONS.run_once(&pool)?;
    Ok(())
}
"""

OUR_MACRO = 'migrations-macro = {{ path = "{root}/migrations-macro"{features} }}'

SUBJECTS = [
    Subject("include_str!", None, "", None),
    Subject(
        "ours",
        OUR_MACRO.format(root=ROOT, features=', features = ["syntax"]'),
        ours(""),
        OUR_MAIN,
    ),
    Subject(
        "ours, no syntax",
        OUR_MACRO.format(root=ROOT, features=""),
        ours(", default-features = false"),
        OUR_MAIN,
    ),
    Subject(
        "sqlx",
        'sqlx-macros = { version = "=0.9.0", features = ["_rt-tokio", "macros", "migrate", "postgres"] }',
        """
sqlx = { version = "=0.9.0", default-features = false, features = ["macros", "migrate", "postgres", "runtime-tokio"] }
tokio = { version = "1", features = ["rt"] }
""",
        """
static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

fn main() -> Result<(), Box<dyn std::error::Error>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let pool = sqlx::PgPool::connect(&std::env::var("DATABASE_URL")?).await?;
        MIGRATOR.run(&pool).await?;
        Ok(())
    })
}
""",
    ),
    Subject(
        "refinery",
        'refinery-macros = "=0.10.0"',
        """
refinery = { version = "=0.10.0", features = ["postgres"] }
postgres = "0.19"
""",
        """
mod embedded {
    refinery::embed_migrations!("migrations");
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut client = postgres::Client::connect(&std::env::var("DATABASE_URL")?, postgres::NoTls)?;
    embedded::migrations::runner().run(&mut client)?;
    Ok(())
}
""",
        "V{version}__{name}.sql",
    ),
    Subject(
        "diesel",
        'migrations_macros = "=2.3.1"',
        """
diesel = { version = "=2.3.14", default-features = false, features = ["postgres"] }
diesel_migrations = { version = "=2.3.2", features = ["postgres"] }
""",
        """
use diesel::Connection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut connection = diesel::PgConnection::establish(&std::env::var("DATABASE_URL")?)?;
    connection.run_pending_migrations(MIGRATIONS).map(|_| ()).map_err(|error| error as _)
}
""",
        "{version:04}_{name}/up.sql",
    ),
]


class Bench:
    """The generated workspaces, one for each subject, and what is measured in them."""

    def __init__(self, scratch, subjects, quiet):
        self.scratch, self.subjects, self.quiet = scratch, subjects, quiet
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("RUSTFLAGS", "RUSTC_WRAPPER", "CARGO_INCREMENTAL", "CARGO_TARGET_DIR")
            and not name.startswith("CARGO_PROFILE_")
        }

    def folder(self, subject):
        return self.scratch / subject.name.replace(", ", "-").replace(" ", "-").strip("!")

    # Generation

    def generate(self):
        for subject in self.subjects:
            folder = self.folder(subject)
            members = [self.member(subject, name, texts) for name, texts in folders().items()]
            members.append(self.macro_member(subject))
            members += self.own_members(subject)
            members = [member for member in members if member]
            write(folder / "Cargo.toml", f'[workspace]\nresolver = "3"\nmembers = {json.dumps(members)}\n')
            if subject.name.startswith("ours") and not (folder / "Cargo.lock").exists():
                shutil.copy(ROOT / "Cargo.lock", folder / "Cargo.lock")
            self.cargo(subject, "fetch", offline=False)
            if subject.name == "ours":
                self.write_lock()

    def member(self, subject, name, texts):
        folder = self.folder(subject) / name
        paths = []
        for version, text in enumerate(texts, 1):
            file = subject.files.format(version=version, name=f"step_{version}")
            path = folder / "migrations" / file
            write(path, text)
            paths.append((file, path))
        write(folder / "Cargo.toml", manifest(name, subject.dependencies))
        write(folder / "src/main.rs", subject.main or floor_main(paths))
        return name

    def macro_member(self, subject):
        if not subject.macro:
            return None
        write(self.folder(subject) / "macro/Cargo.toml", manifest("macro-only", subject.macro))
        write(self.folder(subject) / "macro/src/lib.rs", "")
        return "macro"

    def own_members(self, subject):
        """For us: the same with a lock file, and a program that calls what the macro calls."""
        if not subject.name.startswith("ours"):
            return []
        features = "" if "no syntax" in subject.name else ', features = ["syntax"]'
        dependency = f'migrations-source = {{ path = "{ROOT}/migrations-source"{features} }}'
        folder = self.folder(subject) / "phases"
        write(folder / "Cargo.toml", manifest("phases", dependency))
        write(folder / "src/main.rs", (HERE / "phases.rs").read_text())
        if subject.name != "ours":
            return ["phases"]
        return ["phases", self.member(subject, "many-locked", folders()["many"])]

    def write_lock(self):
        subject = next(subject for subject in self.subjects if subject.name == "ours")
        folder = self.folder(subject) / "many-locked/migrations"
        self.cargo(subject, "run", "-q", "-p", "phases", "--", "lock", str(folder))

    # Measuring

    def cargo(self, subject, *arguments, offline=True, target=None):
        """Runs cargo and gives (wall, CPU) in seconds and what it said; CPU is user and system, of
        all processes."""
        command = ["cargo", *arguments]
        environment = dict(self.environment, CARGO_TARGET_DIR=str(target or self.target(subject)))
        if offline:
            environment["CARGO_NET_OFFLINE"] = "true"
        log = self.scratch / "log"
        with open(log, "wb") as output:
            start = time.monotonic()
            process = subprocess.Popen(
                command, cwd=self.folder(subject), env=environment, stdout=output, stderr=output
            )
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        said = log.read_text(errors="replace")
        if process.returncode:
            sys.exit(f"{' '.join(command)} failed for {subject.name}:\n{said}")
        return (wall, usage.ru_utime + usage.ru_stime), said

    def target(self, subject):
        return self.folder(subject) / "target"

    def say(self, text):
        if not self.quiet:
            print(text, file=sys.stderr, flush=True)

    def cold(self, runs):
        """[(what, subject, crates, [(wall, CPU)])]: each run in an empty target folder."""
        cases = [
            ("the macro alone, `cargo check`", "check", "macro-only"),
            ("an application, `cargo check`", "check", "one"),
            ("an application, `cargo build`", "build", "one"),
        ]
        results = {}
        for run in range(runs):
            for what, command, package in cases:
                for subject in rotated(self.subjects, run):
                    if not subject.macro:
                        continue
                    target = self.folder(subject) / "cold"
                    shutil.rmtree(target, ignore_errors=True)
                    measured, _ = self.cargo(subject, command, "-p", package, target=target)
                    self.say(f"{what}: {subject.name}: {measured[0]:.1f} s, CPU {measured[1]:.1f} s")
                    key = (what, subject.name)
                    if key not in results:
                        results[key] = (self.crates(subject, command, package, target), [])
                    results[key][1].append(measured)
                    shutil.rmtree(target)
        return [(what, [s.name for s in self.subjects if s.macro], results) for what, _, _ in cases]

    def crates(self, subject, command, package, target):
        """How many packages were compiled, but for the generated one."""
        arguments = (command, "-p", package, "--message-format", "json")
        _, said = self.cargo(subject, *arguments, target=target)
        lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        ids = {line["package_id"] for line in lines if line["reason"] == "compiler-artifact"}
        return len(ids) - 1

    def touched(self, package, runs):
        """{name: [(wall, CPU)]} of `cargo check` after one file was touched."""
        rows = [(subject, package, subject.name) for subject in self.subjects]
        if package == "many":
            ours = [subject for subject in self.subjects if subject.name == "ours"]
            rows += [(subject, "many-locked", "ours, with a lock file") for subject in ours]
        results = {name: [] for _, _, name in rows}
        for subject, package, _ in rows:
            self.cargo(subject, "check", "-p", package)
            self.check_touched(subject, package)
        for run in range(runs):
            for subject, package, name in rotated(rows, run):
                measured = self.check_touched(subject, package)
                self.say(f"{package}: {name}: {measured[0]:.2f} s, CPU {measured[1]:.2f} s")
                results[name].append(measured)
        return results

    def check_touched(self, subject, package):
        files = sorted((self.folder(subject) / package / "migrations").rglob("*.sql"))
        files[len(files) // 2].touch()
        measured, said = self.cargo(subject, "check", "-p", package)
        if f"Checking {package} " not in said:
            sys.exit(f"{subject.name} did not notice the touched file:\n{said}")
        return measured

    def phases(self, runs):
        """{(folder, profile, subject): [seconds]} of one check of a folder by the library."""
        results = {}
        mine = [subject for subject in self.subjects if subject.name.startswith("ours")]
        profiles = [("dev", []), ("release", ["--release"])]
        for subject in mine:
            for _, flags in profiles:
                self.cargo(subject, "build", "-p", "phases", *flags)
        ours = next(subject for subject in mine if subject.name == "ours")
        for run in range(runs):
            for package in ["many", "many-locked", "large"]:
                folder = self.folder(ours) / package / "migrations"
                for subject in rotated(mine, run):
                    for profile, flags in profiles:
                        arguments = ("run", "-q", "-p", "phases", *flags, "--", "check", str(folder), "1")
                        _, said = self.cargo(subject, *arguments)
                        results.setdefault((package, profile, subject.name), []).append(float(said))
        return results


def folders():
    return {
        "one": [sql.create_table(0)],
        "many": [sql.many(n) for n in range(MANY)],
        "large": [sql.large(LARGE)],
    }


def manifest(name, dependencies):
    return (
        f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "{EDITION}"\npublish = false\n\n'
        f"[dependencies]\n{dependencies.strip()}\n"
    )


def floor_main(paths):
    lines = [f'    ({json.dumps(file)}, include_str!({json.dumps(str(path))})),' for file, path in paths]
    return (
        "static FILES: &[(&str, &str)] = &[\n" + "\n".join(lines) + "\n];\n\n"
        'fn main() {\n    for (name, text) in FILES {\n        println!("{name} {}", text.len());\n    }\n}\n'
    )


def write(path, text):
    """Leaves a file alone that is as it should be, so that nothing is compiled for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def rotated(items, by):
    by %= len(items)
    return items[by:] + items[:by]


# Tables


def median(values):
    return statistics.median(values)


def spread(values):
    return f"{median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


def touched_table(title, results):
    floor = next(iter(results.values()))
    print(f"\n{title}\n")
    print("| | wall s | CPU s | wall ÷ floor | CPU ÷ floor | CPU − floor, s |")
    print("|---|--:|--:|--:|--:|--:|")
    for name, measured in results.items():
        walls, cpus = zip(*measured)
        floor_wall, floor_cpu = (median(values) for values in zip(*floor))
        print(
            f"| {name} | {spread(walls)} | {spread(cpus)} | {median(walls) / floor_wall:.2f} "
            f"| {median(cpus) / floor_cpu:.2f} | {median(cpus) - floor_cpu:.2f} |"
        )


def cold_table(cases):
    print("\n### Cold builds\n")
    print("| | | crates | wall s | CPU s | CPU ÷ ours |")
    print("|---|---|--:|--:|--:|--:|")
    for what, names, results in cases:
        ours = median([cpu for _, cpu in results[what, "ours"][1]]) if "ours" in names else None
        for name in names:
            crates, measured = results[what, name]
            walls, cpus = zip(*measured)
            ratio = f"{median(cpus) / ours:.2f}" if ours else ""
            print(f"| {what} | {name} | {crates} | {spread(walls)} | {spread(cpus)} | {ratio} |")


def phases_table(results):
    print("\n### What the macro itself does: one check of the folder, in milliseconds\n")
    print("| folder | profile | | ms |")
    print("|---|---|---|--:|")
    for (package, profile, name), seconds in sorted(results.items()):
        milliseconds = [value * 1000 for value in seconds]
        middle, least, most = median(milliseconds), min(milliseconds), max(milliseconds)
        print(f"| {package} | {profile} | {name} | {middle:.0f} ({least:.0f}–{most:.0f}) |")


def conditions():
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.strip()
    print(f"{rustc}; {os.cpu_count()} cores; load {os.getloadavg()[0]:.1f} at the start")


TABLES = ["cold", "many", "large", "phases"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", action="append", choices=TABLES, help="only this one; can be repeated")
    parser.add_argument(
        "--subject",
        action="append",
        choices=[s.name for s in SUBJECTS if s.macro],
        help="only this one, and the floor; can be repeated",
    )
    parser.add_argument("--runs", type=int, default=7, help="of each measurement but cold builds (7)")
    parser.add_argument("--cold-runs", type=int, default=3, help="of each cold build (3)")
    parser.add_argument("--scratch", type=pathlib.Path, help="where the crates are generated")
    parser.add_argument("--quiet", action="store_true", help="do not tell of single measurements")
    arguments = parser.parse_args()
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    scratch = (arguments.scratch or target / "compile-time").resolve()
    wanted = arguments.subject
    subjects = [s for s in SUBJECTS if not wanted or s.name in wanted or not s.macro]
    tables = arguments.table or TABLES

    bench = Bench(scratch, subjects, arguments.quiet)
    scratch.mkdir(parents=True, exist_ok=True)
    bench.generate()
    conditions()
    if "many" in tables:
        title = f"### `cargo check` after touching one of {MANY} files of about 1 KB"
        touched_table(title, bench.touched("many", arguments.runs))
    if "large" in tables:
        title = "### `cargo check` after touching one file of 5 MB"
        touched_table(title, bench.touched("large", arguments.runs))
    if "phases" in tables and any(s.name == "ours" for s in subjects):
        phases_table(bench.phases(arguments.runs))
    if "cold" in tables:
        cold_table(bench.cold(arguments.cold_runs))


if __name__ == "__main__":
    main()
