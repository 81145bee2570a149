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


# What is built in an empty folder: flags of cargo, and the package.
COLD = [
    ("the macro alone, `cargo check`", ["check"], "macro-only"),
    ("an application, `cargo check`", ["check"], "one"),
    ("an application, `cargo build`", ["build"], "one"),
    ("an application, `cargo build --release`", ["build", "--release"], "one"),
]
PROFILES = {"dev": [], "release": ["--release"]}
LOCKED = "ours, with a lock file"


class Store:
    """Samples as {cell: {measure: values}}, in a file if there is one, so that a run can go on where it
    was ended."""

    def __init__(self, path):
        self.path, self.samples = path, {}
        if path and path.exists():
            self.samples = json.loads(path.read_text())["samples"]

    def count(self, cell):
        return max(map(len, self.samples.get(cell, {}).values()), default=0)

    def push(self, cell, **values):
        for measure, value in values.items():
            self.samples.setdefault(cell, {}).setdefault(measure, []).append(value)
        if self.path:
            write(self.path, json.dumps({"samples": self.samples}, indent=1))

    def get(self, cell, measure):
        return self.samples[cell][measure]


class Bench:
    """The generated workspaces, one for each subject, and what is measured in them."""

    def __init__(self, scratch, subjects, store, quiet):
        self.scratch, self.subjects, self.quiet = scratch, subjects, quiet
        self.store = store
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
        """Samples of builds in an empty target folder; "what/subject" with crates, wall and CPU."""
        for run in range(runs):
            for what, flags, package in COLD:
                for subject in rotated(self.subjects, run):
                    cell = f"{what}/{subject.name}"
                    if subject.macro and self.store.count(cell) <= run:
                        self.build_cold(cell, subject, flags, package)

    def build_cold(self, cell, subject, flags, package):
        target = self.folder(subject) / "cold"
        shutil.rmtree(target, ignore_errors=True)
        (wall, cpu), _ = self.cargo(subject, *flags, "-p", package, target=target)
        crates = self.crates(subject, flags, package, target)
        self.store.push(cell, wall=wall, cpu=cpu, crates=crates)
        self.say(f"{cell}: {wall:.1f} s, CPU {cpu:.1f} s")
        shutil.rmtree(target)

    def crates(self, subject, flags, package, target):
        """How many packages were compiled, but for the generated one."""
        arguments = (*flags, "-p", package, "--message-format", "json")
        _, said = self.cargo(subject, *arguments, target=target)
        lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        ids = {line["package_id"] for line in lines if line["reason"] == "compiler-artifact"}
        return len(ids) - 1

    def touched(self, package, runs):
        """Samples of `cargo check` after one file was touched, with wall and CPU."""
        rows = [(subject, package, subject.name) for subject in self.subjects]
        if package == "many":
            ours = [subject for subject in self.subjects if subject.name == "ours"]
            rows += [(subject, "many-locked", LOCKED) for subject in ours]
        for subject, package, _ in rows:
            self.cargo(subject, "check", "-p", package)
            self.check_touched(subject, package)
        for run in range(runs):
            for subject, package, name in rotated(rows, run):
                if self.store.count(name) <= run:
                    wall, cpu = self.check_touched(subject, package)
                    self.store.push(name, wall=wall, cpu=cpu)
                    self.say(f"{package}: {name}: {wall:.2f} s, CPU {cpu:.2f} s")

    def check_touched(self, subject, package):
        files = sorted((self.folder(subject) / package / "migrations").rglob("*.sql"))
        files[len(files) // 2].touch()
        measured, said = self.cargo(subject, "check", "-p", package)
        if f"Checking {package} " not in said:
            sys.exit(f"{subject.name} did not notice the touched file:\n{said}")
        return measured

    def phases(self, runs):
        """Samples of one check of a folder by the library; "folder, profile/subject" with seconds."""
        mine = [subject for subject in self.subjects if subject.name.startswith("ours")]
        for subject in mine:
            for flags in PROFILES.values():
                self.cargo(subject, "build", "-p", "phases", *flags)
        for run in range(runs):
            for package in ["many", "many-locked", "large"]:
                for subject in rotated(mine, run):
                    for profile in PROFILES:
                        cell = f"{package}, {profile}/{subject.name}"
                        if self.store.count(cell) <= run:
                            self.store.push(cell, seconds=self.check(subject, package, profile))

    def check(self, subject, package, profile):
        ours = next(subject for subject in self.subjects if subject.name == "ours")
        folder = self.folder(ours) / package / "migrations"
        arguments = ("run", "-q", "-p", "phases", *PROFILES[profile], "--", "check", str(folder), "1")
        return float(self.cargo(subject, *arguments)[1])


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


def touched_table(title, store, names):
    print(f"\n{title}\n")
    print("| | wall s | CPU s | wall ÷ floor | CPU ÷ floor | CPU − floor, s |")
    print("|---|--:|--:|--:|--:|--:|")
    floor_wall, floor_cpu = (median(store.get(names[0], measure)) for measure in ("wall", "cpu"))
    for name in names:
        walls, cpus = store.get(name, "wall"), store.get(name, "cpu")
        print(
            f"| {name} | {spread(walls)} | {spread(cpus)} | {median(walls) / floor_wall:.2f} "
            f"| {median(cpus) / floor_cpu:.2f} | {median(cpus) - floor_cpu:.2f} |"
        )


def cold_table(store, names):
    print("\n### Cold builds\n")
    print("| | | crates | wall s | CPU s | CPU ÷ ours |")
    print("|---|---|--:|--:|--:|--:|")
    for what, _, _ in COLD:
        ours = median(store.get(f"{what}/ours", "cpu")) if "ours" in names else None
        for name in names:
            crates, walls, cpus = (store.get(f"{what}/{name}", it) for it in ("crates", "wall", "cpu"))
            ratio = f"{median(cpus) / ours:.2f}" if ours else ""
            print(f"| {what} | {name} | {crates[0]} | {spread(walls)} | {spread(cpus)} | {ratio} |")


def phases_table(store):
    print("\n### What the macro itself does: one check of the folder, in milliseconds\n")
    print("| folder | profile | | ms |")
    print("|---|---|---|--:|")
    for cell, samples in sorted(store.samples.items()):
        what, name = cell.split("/")
        package, profile = what.split(", ")
        milliseconds = [value * 1000 for value in samples["seconds"]]
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
    parser.add_argument("--json", type=pathlib.Path, help="keep samples there; with one --table only")
    parser.add_argument("--scratch", type=pathlib.Path, help="where the crates are generated")
    parser.add_argument("--quiet", action="store_true", help="do not tell of single measurements")
    arguments = parser.parse_args()
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    scratch = (arguments.scratch or target / "compile-time").resolve()
    wanted = arguments.subject
    subjects = [s for s in SUBJECTS if not wanted or s.name in wanted or not s.macro]
    tables = arguments.table or TABLES

    if arguments.json and len(tables) != 1:
        parser.error("--json goes with one --table")
    scratch.mkdir(parents=True, exist_ok=True)
    conditions()
    for table in TABLES:
        if table in tables:
            bench = Bench(scratch, subjects, Store(arguments.json), arguments.quiet)
            measure(bench, table, arguments)


def measure(bench, table, arguments):
    bench.generate()
    store, names = bench.store, [subject.name for subject in bench.subjects]
    if table == "cold":
        bench.cold(arguments.cold_runs)
        cold_table(store, [subject.name for subject in bench.subjects if subject.macro])
    elif table == "phases" and "ours" in names:
        bench.phases(arguments.runs)
        phases_table(store)
    elif table == "many":
        bench.touched(table, arguments.runs)
        title = f"### `cargo check` after touching one of {MANY} files of about 1 KB"
        touched_table(title, store, names + [LOCKED] * ("ours" in names))
    elif table == "large":
        bench.touched(table, arguments.runs)
        touched_table("### `cargo check` after touching one file of 5 MB", store, names)


if __name__ == "__main__":
    main()
