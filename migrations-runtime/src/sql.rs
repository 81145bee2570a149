//! Quotes names and texts for the library's own SQL.

/// A name as a quoted identifier.
pub(crate) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The name that an identifier stands for, which the server quotes only where it has to.
pub(crate) fn name(identifier: &str) -> String {
    let quoted = identifier.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    quoted.map_or_else(|| identifier.into(), |quoted| quoted.replace("\"\"", "\""))
}

/// A text as a literal, under either setting of `standard_conforming_strings`.
pub(crate) fn literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if doubled.contains('\\') {
        format!("E'{}'", doubled.replace('\\', r"\\"))
    } else {
        format!("'{doubled}'")
    }
}

/// A text as a literal without an apostrophe, for SQL that stands behind a file's: where the file
/// ends inside of a string, the server then reports where that string begins.
pub(crate) fn literal_behind_file(text: &str) -> String {
    const TAG: &str = "$migrations_runtime$";
    if text.contains(TAG) { literal(text) } else { format!("{TAG}{text}{TAG}") }
}

#[cfg(test)]
mod tests {
    use super::{identifier, literal, literal_behind_file, name};

    #[test]
    fn quotes() {
        assert_eq!(identifier(r#"a "b" ü"#), r#""a ""b"" ü""#);
        assert_eq!(["public", r#""a ""b"" ü""#].map(name), ["public", r#"a "b" ü"#]);
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal(r"a\'b"), r"E'a\\''b'");
        assert_eq!(literal_behind_file("it's"), "$migrations_runtime$it's$migrations_runtime$");
        assert_eq!(literal_behind_file("$migrations_runtime$"), "'$migrations_runtime$'");
    }
}
