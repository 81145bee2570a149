/// What stands before the first statement of a text.
pub(crate) struct Leading<'a> {
    /// The first directive and where its comment begins.
    pub(crate) directive: Option<(usize, &'a str)>,
    /// Whether there is nothing else: no statement follows.
    pub(crate) is_all: bool,
}

/// Skips white space, comments and empty statements.
pub(crate) fn leading(text: &str) -> Leading<'_> {
    let mut directive = None;
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
        let Some(length) = comment(rest) else { break };
        directive =
            directive.or_else(|| Some((text.len() - rest.len(), directive_in(&rest[..length])?)));
        rest = &rest[length..];
    }
    Leading { directive, is_all: rest.is_empty() }
}

/// The length of the comment that the text begins with.
fn comment(text: &str) -> Option<usize> {
    if text.starts_with("--") {
        Some(text.find('\n').unwrap_or(text.len()))
    } else {
        block_comment(text)
    }
}

/// PostgreSQL's block comments nest; one that does not end is left for the server to refuse.
fn block_comment(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if depth == 0 {
            return None;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += 1;
        }
    }
    None
}

fn directive_in(comment: &str) -> Option<&str> {
    comment.strip_prefix("--")?.trim().strip_prefix("migrations:").map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::leading;

    #[test]
    fn tells_empty_texts_from_statements() {
        let cases = [
            ("", true),
            (" \r\n\t;; ", true),
            ("-- a comment", true),
            ("-- a\n/* b /* nested */ -- */ -- c\n;", true),
            ("/* never ended", false),
            ("/* a */ SELECT 1", false),
            ("- 1", false),
            ("/ 1", false),
            ("*/", false),
        ];
        for (text, expected) in cases {
            assert_eq!(leading(text).is_all, expected, "{text:?}");
        }
    }

    #[test]
    fn finds_the_first_directive_before_the_first_statement() {
        let cases = [
            ("-- migrations: no-transaction\nSELECT 1", Some((0, "no-transaction"))),
            ("/* a */\n --migrations:x\n-- migrations: y", Some((9, "x"))),
            ("-- about migrations: none", None),
            ("SELECT 1; -- migrations: x", None),
            ("/* migrations: x */ SELECT 1", None),
        ];
        for (text, expected) in cases {
            assert_eq!(leading(text).directive, expected, "{text:?}");
        }
    }
}
