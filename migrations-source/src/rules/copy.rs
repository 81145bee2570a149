use super::Rule;
use crate::finding::Finding;
use crate::lexer::reads_from_client;
use crate::script::Script;
use crate::statements::Statement;

/// Refuses `COPY … FROM STDIN`: the server would wait for data that nobody sends.
pub(super) fn check(script: &Script<'_>) -> Vec<Finding> {
    let from_client = |statement: &&Statement<'_, '_>| reads_from_client(statement.code());
    script.statements.iter().filter(from_client).map(finding).collect()
}

fn finding(statement: &Statement<'_, '_>) -> Finding {
    Finding::new(statement.range(), "`COPY … FROM STDIN` waits for data that nobody sends")
        .of(Rule::CopyFromStdin)
        .help(
            "write the data as INSERT (pg_dump does with `--inserts`), or load them with psql after \
             the migration",
        )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::rules::found;

    #[test]
    fn finds_copies_from_the_client() {
        let cases: [(&str, &[&str]); 5] = [
            ("COPY t FROM STDIN", &["COPY t FROM STDIN"]),
            (
                "copy t (a) from stdin with csv;\n1\n\\.\n;COPY t FROM STDOUT",
                &["copy t (a) from stdin with csv", "COPY t FROM STDOUT"],
            ),
            ("COPY t FROM '/tmp/x'; COPY t TO STDOUT; COPY t FROM PROGRAM 'stdin'", &[]),
            ("COPY (SELECT a FROM stdin) TO '/tmp/x'", &[]),
            ("SELECT copy FROM stdin", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(found(check, text), expected, "{text:?}");
        }
    }
}
