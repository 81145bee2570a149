//! Rows below a head, which fit the terminal.

use std::io::{self, Write};

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};

use super::style::BOLD;

/// A column's head, and whether its cells stay whole where the terminal is narrow.
pub(super) type Column = (&'static str, bool);

/// What is narrower has room for the first columns only.
const NARROW: u16 = 60;
const FIRST: usize = 3;

/// Without a width each row is one line, for `grep` and the like.
pub(super) fn write(
    out: &mut dyn Write,
    width: Option<u16>,
    columns: &[Column],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> io::Result<()> {
    let is_narrow = width.is_some_and(|width| width < NARROW);
    let columns = if is_narrow { &columns[..columns.len().min(FIRST)] } else { columns };
    let cut = |row: Vec<String>| row.into_iter().take(columns.len()).collect::<Vec<_>>();
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(columns.iter().map(|(head, _)| *head));
    table.add_rows(rows.into_iter().map(cut));
    arrange(&mut table, width, columns);
    for (number, line) in table.to_string().lines().enumerate() {
        let line = line.trim_end();
        match number {
            0 => writeln!(out, "{BOLD}{line}{BOLD:#}")?,
            _ => writeln!(out, "{line}")?,
        }
    }
    Ok(())
}

fn arrange(table: &mut Table, width: Option<u16>, columns: &[Column]) {
    let arrangement =
        if width.is_some() { ContentArrangement::Dynamic } else { ContentArrangement::Disabled };
    table.set_content_arrangement(arrangement);
    width.map(|width| table.set_width(width));
    for (column, (_, is_whole)) in table.column_iter_mut().zip(columns) {
        column.set_padding((0, 2));
        if *is_whole {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::write;

    fn written(width: Option<u16>) -> String {
        let mut out = Vec::new();
        let columns = [("VERSION", true), ("NAME", false), ("STATE", true), ("BY", false)];
        let row = ["20260101000000", "a name of many words that goes on", "in-doubt", "owner"];
        write(&mut out, width, &columns, [row.map(String::from).to_vec()]).unwrap();
        anstream::adapter::strip_bytes(&out).into_vec().try_into().unwrap()
    }

    #[test]
    fn elsewhere_than_on_a_terminal_a_row_is_a_line() {
        assert_eq!(
            written(None),
            "VERSION         NAME                               STATE     BY\n\
             20260101000000  a name of many words that goes on  in-doubt  owner\n"
        );
    }

    #[test]
    fn a_narrow_terminal_cuts_neither_version_nor_state() {
        for width in [20, 40, 60, 200] {
            let text = written(Some(width));
            assert!(text.contains("20260101000000") && text.contains("in-doubt"), "{text}");
            assert_eq!(text.contains("owner"), width >= 60, "{text}");
            let longest = text.lines().map(str::len).max().unwrap();
            assert!(width < 40 || longest <= width.into(), "{width}: {text}");
        }
    }
}
