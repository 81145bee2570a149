use super::Rule;
use crate::finding::Finding;
use crate::lexer::{Kind, Token};
use crate::parts::is_left_out;
use crate::script::Script;

/// Refuses what only psql understands, but for what is left out: a backslash outside of quotes is no
/// SQL.
pub(super) fn check(script: &Script<'_>) -> Vec<Finding> {
    let is_found =
        |token: &&Token<'_>| matches!(token.kind, Kind::MetaCommand) && !is_left_out(script, token);
    script.tokens.iter().filter(is_found).map(finding).collect()
}

fn finding(token: &Token<'_>) -> Finding {
    let name = token.text.split_whitespace().next().unwrap_or_default();
    let help = match name {
        r"\restrict" | r"\unrestrict" => {
            "remove the line: pg_dump writes it to protect psql, and nothing else needs it"
        }
        r"\connect" | r"\c" => {
            "remove the line: migrations run in the database that the service connects to"
        }
        r"\copy" => {
            r"write `COPY … FROM STDIN;`, on the lines behind it the data, and then a line `\.`"
        }
        r"\i" | r"\ir" | r"\include" | r"\include_relative" => {
            "put the text of that file in its place: only what stands in this file is embedded"
        }
        r"\." => "remove the line: it ends the data of a COPY, and there is none before it",
        _ => "remove it: the text is sent to the server, which knows no such commands",
    };
    Finding::new(token.range(), format!("`{name}` is a command of psql"))
        .of(Rule::PsqlCommand)
        .help(help)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::rules::found;

    #[test]
    fn finds_commands_of_psql() {
        let cases: [(&str, &[&str]); 6] = [
            ("\\restrict a\nSELECT 1;\n\\unrestrict a\n\\restricted", &["\\restricted"]),
            ("SELECT 1\n\\restrict a\n; SELECT 1; \\unrestrict a", &["\\restrict a"]),
            ("SELECT 1 \\gset\n;", &["\\gset"]),
            ("\\.", &["\\."]),
            ("SELECT '\\d', E'\\'\\d', \"\\d\", $$\\d$$ -- \\d\n/* \\d */", &[]),
            ("COPY t FROM STDIN;\n\\N\n\\.\n", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(found(check, text), expected, "{text:?}");
        }
    }
}
