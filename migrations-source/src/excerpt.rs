use std::fmt;
use std::ops::Range;

/// The longest piece of a line that is shown; files of generated SQL can be one line of megabytes.
const WIDTH: usize = 120;

/// A line of a file with a mark below a part of it, as compilers show it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Excerpt {
    line: usize,
    text: String,
    mark: String,
}

impl Excerpt {
    /// Shows `range` of `text`, in bytes, which begins on this line; of several lines the first.
    pub(crate) fn new(text: &str, range: Range<usize>, line: usize) -> Self {
        let begin = text[..range.start].rfind('\n').map_or(0, |feed| feed + 1);
        let end = text[range.start..].find('\n').map_or(text.len(), |feed| range.start + feed);
        let (before, after) = (&text[begin..range.start], text[range.start..end].trim_end());
        let (shown_before, shown_after) = window(before, after);
        let marked = after.get(..range.len()).unwrap_or(after).chars().count();
        let marked = marked.clamp(1, shown_after.chars().count().max(1));
        let indent = shown_before.chars().map(|char| if char == '\t' { '\t' } else { ' ' });
        Self {
            line,
            mark: indent.chain("^".repeat(marked).chars()).collect(),
            text: printable(&(shown_before + &shown_after)),
        }
    }

    /// The number of the line, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// The line, or the part of it around the place.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What stands below it: white space and carets.
    #[must_use]
    pub fn mark(&self) -> &str {
        &self.mark
    }
}

/// A line that is too long is cut on either side of the place.
fn window(before: &str, after: &str) -> (String, String) {
    if before.chars().count() + after.chars().count() <= WIDTH {
        return (before.into(), after.into());
    }
    (last(before, WIDTH / 2), first(after, WIDTH / 2))
}

fn last(text: &str, width: usize) -> String {
    let skipped = text.chars().count().saturating_sub(width);
    let cut = if skipped > 0 { "…" } else { "" };
    cut.chars().chain(text.chars().skip(skipped)).collect()
}

fn first(text: &str, width: usize) -> String {
    match text.char_indices().nth(width) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}

/// A file may hold what moves a terminal's cursor.
pub(crate) fn printable(text: &str) -> String {
    let is_shown = |char: char| char == '\t' || !is_obeyed(char);
    text.chars().map(|char| if is_shown(char) { char } else { '\u{fffd}' }).collect()
}

/// Control characters, and those that turn the direction of writing. See "Explicit Directional
/// Formatting Characters" in Unicode's UAX #9.
fn is_obeyed(char: char) -> bool {
    char.is_control() || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {}", self.text)?;
        write!(f, "{margin} | {}", self.mark)
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::Excerpt;

    #[track_caller]
    fn check(text: &str, range: Range<usize>, picture: &str) {
        assert_eq!(Excerpt::new(text, range, 7).to_string(), picture);
    }

    #[test]
    fn marks_characters_not_bytes() {
        check("abc", 1..2, "  |\n7 | abc\n  |  ^");
        check("é\nüß xy;\r\nlast", 8..10, "  |\n7 | üß xy;\n  |    ^^");
        check("\tab é c", 4..6, "  |\n7 | \tab é c\n  | \t   ^");
    }

    #[test]
    fn marks_no_more_than_the_first_line() {
        check("a\nbc  \nd", 2..8, "  |\n7 | bc\n  | ^^");
        check("ab", 2..2, "  |\n7 | ab\n  |   ^");
        check("", 0..0, "  |\n7 | \n  | ^");
    }

    #[test]
    fn shows_a_window_of_a_long_line() {
        let text = format!("{}!{}", "ü".repeat(500), "y".repeat(500));
        let (before, marks) = (" ".repeat(61), "^".repeat(61));
        let line = format!("…{}!{}…", "ü".repeat(60), "y".repeat(59));
        check(&text, 1000..1501, &format!("  |\n7 | {line}\n  | {before}{marks}"));
    }

    #[test]
    fn shows_lines_of_usual_length_whole() {
        let text = "x".repeat(120);
        check(&text, 10..11, &format!("  |\n7 | {text}\n  | {}^", " ".repeat(10)));
        check(&text, 110..111, &format!("  |\n7 | {text}\n  | {}^", " ".repeat(110)));
    }

    #[test]
    fn shows_no_control_characters() {
        check("a\u{1b}[31m b", 7..8, "  |\n7 | a\u{fffd}[31m b\n  |        ^");
        check("a\u{202e} b", 5..6, "  |\n7 | a\u{fffd} b\n  |    ^");
    }
}
