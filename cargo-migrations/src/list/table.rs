use std::io::{self, Write};

use super::row::{Row, short};
use crate::style::HINT;

const HEAD: [&str; 7] = ["VERSION", "NAME", "CHECKSUM", "STATEMENTS", "DOWN", "LOCK", "DIRECTIVES"];
const STATEMENTS: usize = 3;

/// Rows below a head, the columns as wide as they have to be.
pub(super) fn write(out: &mut dyn Write, rows: &[Row]) -> io::Result<()> {
    let rows: Vec<_> = rows.iter().map(cells).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|cells| cells[column].chars().count());
        cells.chain([HEAD[column].len()]).max().unwrap_or_default()
    };
    let widths: Vec<_> = (0..HEAD.len()).map(width).collect();
    writeln!(out, "{HINT}{}{HINT:#}", line(&HEAD.map(String::from), &widths))?;
    rows.iter().try_for_each(|cells| writeln!(out, "{}", line(cells, &widths)))
}

fn cells(row: &Row) -> [String; HEAD.len()] {
    let lock = match row.lock {
        None => "-",
        Some("listed") => "yes",
        Some("unlisted") => "no",
        Some(other) => other,
    };
    [
        row.digits.clone(),
        row.name.clone(),
        short(&row.checksum).into(),
        row.statements.to_string(),
        if row.down.is_some() { "yes" } else { "no" }.into(),
        lock.into(),
        row.directives.words(),
    ]
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let pad = |(column, (cell, width)): (usize, (&String, &usize))| match column {
        STATEMENTS => format!("{cell:>width$}"),
        _ => format!("{cell:<width$}"),
    };
    let cells: Vec<_> = cells.iter().zip(widths).enumerate().map(pad).collect();
    cells.join("  ").trim_end().into()
}
