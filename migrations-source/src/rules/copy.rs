use super::Rule;
use crate::copy::{Trouble, data};
use crate::finding::Finding;
use crate::script::Script;
use crate::statements::Statement;

/// Refuses a `COPY … FROM STDIN` whose data cannot be sent: the server would wait for them.
pub(super) fn check(script: &Script<'_>) -> Vec<Finding> {
    let find =
        |statement: &Statement<'_, '_>| Some(finding(statement, data(script, statement)?.err()?));
    script.statements.iter().filter_map(find).collect()
}

fn finding(statement: &Statement<'_, '_>, trouble: Trouble) -> Finding {
    let (message, help) = match trouble {
        Trouble::NoData => (
            "`COPY … FROM STDIN` reads data, and none follow",
            r"write them on the lines behind the statement and its semicolon, up to a line `\.`; or write INSERT",
        ),
        Trouble::NoEnd => (
            r"the data of `COPY … FROM STDIN` have no end: all of the rest of the file counts as data",
            r"end the data with a line `\.`, or write INSERT",
        ),
        Trouble::Between(_) => (
            "this stands between `COPY … FROM STDIN` and its data, which begin on the next line",
            "put it behind the data, or on a line of its own before the COPY",
        ),
        Trouble::Binary => (
            "`COPY … FROM STDIN` reads binary data, and a file in UTF-8 cannot hold them",
            "write the data as text or CSV, or as INSERT",
        ),
    };
    let range = match trouble {
        Trouble::Between(range) => range,
        _ => statement.range(),
    };
    Finding::new(range, message).of(Rule::CopyFromStdin).help(help)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::rules::found;

    #[test]
    fn finds_copies_whose_data_cannot_be_sent() {
        let cases: [(&str, &[&str]); 5] = [
            ("COPY t FROM STDIN", &["COPY t FROM STDIN"]),
            ("COPY t FROM STDIN;\n1\n\\.\nCOPY u FROM STDIN;\nx", &["COPY u FROM STDIN"]),
            ("COPY t FROM STDIN; SELECT 1;\n1\n\\.\n", &["SELECT 1"]),
            ("COPY t FROM STDIN;\n1\n\\.\n; COPY t FROM STDIN csv;\n1\n\\.", &[]),
            ("COPY t FROM '/tmp/x'; COPY t TO STDOUT; COPY t FROM PROGRAM 'stdin'", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(found(check, text), expected, "{text:?}");
        }
    }
}
