#!/usr/bin/env python3
"""Writes the SQL that all contestants embed below sql/, for each in files that are called as it wants them."""

import os
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE / "compile-time"))
sys.dont_write_bytecode = True
import sql

FILES = {
    "ours": "{version:04}_step.sql",
    "refinery": "V{version}__step.sql",
    "sqlx": "{version:04}_step.sql",
    "diesel": "{version:04}_step/up.sql",
}
LARGE = 50_000_000
WRONG = 5_000_000
SLOW_SECONDS = 6


def sets():
    """{name: texts in order}"""
    many = [sql.many(n) for n in range(1000)]
    slow = f"SELECT pg_sleep({SLOW_SECONDS});\nCREATE TABLE slow ();\n"
    return {
        **{str(count): many[:count] for count in (10, 20, 100, 1000)},
        "large": [sql.large(LARGE)],
        "wrong": [sql.large(WRONG) + "INSERT INTO no_such_table VALUES (1);\n"],
        "slow": [slow],
    }


def main():
    folder, stamp = HERE / "sql", HERE / "sql" / "complete"
    sources = [HERE / "generate.py", HERE / "compile-time/sql.py"]
    if stamp.exists() and all(source.stat().st_mtime < stamp.stat().st_mtime for source in sources):
        return
    shutil.rmtree(folder, ignore_errors=True)
    for name, texts in sets().items():
        for version, text in enumerate(texts, 1):
            write(folder, name, version, text)
    (folder / "bare.rs").write_text(listing())
    stamp.touch()


def write(folder, name, version, text):
    """The first one is written, the others are links to it: the large ones are large."""
    first = None
    for contestant, pattern in FILES.items():
        path = folder / contestant / name / pattern.format(version=version)
        path.parent.mkdir(parents=True, exist_ok=True)
        if first:
            os.link(first, path)
        else:
            path.write_text(text)
            first = path


def listing():
    """For the contestant that has no macro for that."""
    lines = ["static SETS: &[(&str, &[&str])] = &["]
    for name, texts in sets().items():
        paths = [f'ours/{name}/{FILES["ours"].format(version=v)}' for v in range(1, len(texts) + 1)]
        lines.append(f'    ("{name}", &[')
        lines += [f'        include_str!("{path}"),' for path in paths]
        lines.append("    ]),")
    return "\n".join(lines + ["];\n"])


if __name__ == "__main__":
    main()
