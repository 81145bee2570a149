//! What never reaches the server's grammar, because a client takes it out or puts something in.
//!
//! See `psql` in PostgreSQL's manual, and `src/fe_utils/psqlscan.l`.

mod copy_data;
mod scan;

use scan::Kind;

/// The text as the server would get it: every byte stays in its place, and blanks stand where psql's
/// commands and the data of `COPY` were. Variables become names or literals; `@extschema@`, which
/// `CREATE EXTENSION` replaces, becomes a name.
pub(crate) fn without_client_side(text: &str) -> String {
    let mut bytes = text.replace("@extschema@", "_extschema_").into_bytes();
    let (mut at, mut statement) = (0, 0);
    while let Some((kind, length)) = scan::first(&bytes[at..]) {
        let part = at..at + length;
        at = part.end;
        match kind {
            Kind::Command => {
                copy_data::take_out(&mut bytes, part.start + 1..part.end);
                replace_command(&mut bytes[part.clone()]);
            }
            Kind::Variable if is_variable(&bytes, part.start) => bytes[part.start] = b' ',
            Kind::Semicolon => copy_data::take_out(&mut bytes, statement..part.start),
            Kind::Variable | Kind::Comment | Kind::Other => {}
        }
        if bytes[part.start] == b';' {
            statement = part.end;
        }
    }
    // Only ASCII characters and whole lines have been replaced.
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// A command that sends what has been written so far ends the statement.
fn replace_command(command: &mut [u8]) {
    let sends = is_sending(&String::from_utf8_lossy(command));
    blank(command);
    if let Some(first) = command.first_mut().filter(|_| sends) {
        *first = b';';
    }
}

fn is_sending(command: &str) -> bool {
    let sending = [";", "g", "gx", "gset", "gexec", "gdesc", "crosstabview", "watch"];
    let name = |part: &str| part.split([' ', '\t', '(']).next().unwrap_or_default().to_owned();
    command.split('\\').skip(1).any(|part| sending.contains(&name(part).as_str()))
}

/// `:name` is also how the upper bound of an array's slice is written.
fn is_variable(bytes: &[u8], at: usize) -> bool {
    let is_quoted = matches!(bytes.get(at + 1), Some(b'\'' | b'"'));
    let before = at.checked_sub(1).map(|before| bytes[before]);
    is_quoted || matches!(before, None | Some(b' ' | b'\n' | b'\t' | b'(' | b',' | b'='))
}

fn blank(bytes: &mut [u8]) {
    for byte in bytes.iter_mut().filter(|byte| !matches!(byte, b'\n' | b'\r')) {
        *byte = b' ';
    }
}

#[cfg(test)]
mod tests {
    use super::without_client_side;

    #[test]
    fn leaves_alone_what_is_for_the_server() {
        for text in [
            "SELECT E'\\'', '\\', \"\\\", $$\\a$$, $a$ $$\\ $a$ -- \\a\n /* \\a /* */ \\b */",
            "SELECT a::int, b[1:c], b[:c], x := 1",
            "SELECT a$$b",
            "COPY t FROM '/file';\n1\n\\.x",
            "é",
        ] {
            let expected = text.replace("\\.x", "   ");
            assert_eq!(without_client_side(text), expected, "{text}");
        }
    }

    #[test]
    fn blanks_what_is_for_the_client() {
        let cases = [
            ("\\echo é\nSELECT 1;", "        \nSELECT 1;"),
            ("SELECT 1 \\gset a_\nb", "SELECT 1 ;       \nb"),
            ("SELECT 1\\; SELECT 2;", "SELECT 1 ; SELECT 2;"),
            ("SELECT :'a', :\"b\", :c;", "SELECT  'a',  \"b\",  c;"),
            ("COPY t FROM STDIN; -- a\n'1\n\\.\nb", "COPY t FROM '___'; -- a\n  \n  \nb"),
            ("copy t from stdin csv;\n'1\n\\.\nb", "copy t from '___' csv;\n  \n  \nb"),
            ("\\copy t from stdin\n'1\n\\.\nb", "                  \n  \n  \nb"),
            (
                "COPY t FROM STDIN;\na;\nCOPY u FROM STDIN;\n1\n\\.",
                "COPY t FROM '___';\na;\nCOPY u FROM '___';\n \n  ",
            ),
            ("COPY t FROM STDOUT;\na;", "COPY t FROM '____';\na;"),
            ("CREATE FUNCTION @extschema@.f()", "CREATE FUNCTION _extschema_.f()"),
        ];
        for (text, expected) in cases {
            assert_eq!(without_client_side(text), expected, "{text}");
        }
    }
}
