//! From an offset to a line, a column and a picture of the place.

use std::fmt;

use crate::printable::{REPLACEMENT, is_obeyed};

/// The longest piece of a line that is shown; files of generated SQL can be one line of megabytes.
const WIDTH: usize = 120;

/// A place in a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// From 1.
    pub(crate) line: usize,
    /// In characters, from 1.
    pub(crate) column: usize,
    text: String,
    indent: String,
}

impl Excerpt {
    /// The first character from so many bytes into the text on, or its end.
    pub(crate) fn new(text: &str, offset: usize) -> Self {
        let is_boundary = |at: &usize| text.is_char_boundary(*at);
        let at = (offset..text.len()).find(is_boundary).unwrap_or(text.len());
        let begin = text[..at].rfind('\n').map_or(0, |feed| feed + 1);
        let end = text[at..].find('\n').map_or(text.len(), |feed| at + feed);
        let before = &text[begin..at];
        let (shown_before, shown_after) = shorten(before, text[at..end].trim_end());
        Self {
            line: text[..begin].matches('\n').count() + 1,
            column: before.chars().count() + 1,
            indent: shown_before.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect(),
            text: (shown_before + &shown_after).chars().map(shown).collect(),
        }
    }
}

/// A line that is too long is cut on either side of the place.
fn shorten(before: &str, after: &str) -> (String, String) {
    if before.chars().count() + after.chars().count() <= WIDTH {
        return (before.into(), after.into());
    }
    let skipped = before.chars().count().saturating_sub(WIDTH / 2);
    let mark = if skipped > 0 { "…" } else { "" };
    let shown_before = mark.chars().chain(before.chars().skip(skipped)).collect();
    let shown_after: String = after.chars().take(WIDTH / 2).collect();
    let cut = if shown_after.len() < after.len() { "…" } else { "" };
    (shown_before, shown_after + cut)
}

/// One for one, so that the mark stands below the place.
fn shown(char: char) -> char {
    if char != '\t' && is_obeyed(char) { REPLACEMENT } else { char }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {}", self.text)?;
        write!(f, "{margin} | {}^", self.indent)
    }
}

#[cfg(test)]
mod tests {
    use super::Excerpt;

    #[track_caller]
    fn check(text: &str, offset: usize, place: (usize, usize), picture: &str) {
        let at = text.char_indices().nth(offset).map_or(usize::MAX, |(at, _)| at);
        let excerpt = Excerpt::new(text, at);
        assert_eq!((excerpt.line, excerpt.column), place);
        assert_eq!(excerpt.to_string(), picture);
    }

    #[test]
    fn points_at_characters_not_bytes() {
        check("abc", 1, (1, 2), "  |\n1 | abc\n  |  ^");
        check("é\nüß x;\r\nlast", 4, (2, 3), "  |\n2 | üß x;\n  |   ^");
        check("\tab c", 4, (1, 5), "  |\n1 | \tab c\n  | \t   ^");
    }

    #[test]
    fn counts_lines_across_digits() {
        check(&"\n".repeat(9), 9, (10, 1), "   |\n10 | \n   | ^");
    }

    #[test]
    fn places_past_the_end_are_the_end() {
        for offset in [3, 4, 1000] {
            check("a\nb", offset, (2, 2), "  |\n2 | b\n  |  ^");
        }
        check("", 0, (1, 1), "  |\n1 | \n  | ^");
    }

    #[test]
    fn no_place_is_within_a_character() {
        assert_eq!(Excerpt::new("aé\nb", 2), Excerpt::new("aé\nb", 3));
    }

    #[test]
    fn shows_no_control_characters() {
        check("a\u{1b}[31m\r b", 6, (1, 7), "  |\n1 | a\u{fffd}[31m\u{fffd} b\n  |       ^");
    }

    #[test]
    fn shows_lines_of_usual_length_whole() {
        let text = "x".repeat(120);
        let picture = format!("  |\n1 | {text}\n  | {}^", " ".repeat(10));
        check(&text, 10, (1, 11), &picture);
    }

    #[test]
    fn shows_a_window_of_a_long_line() {
        let text = format!("{}!{}", "ü".repeat(500), "y".repeat(500));
        let picture =
            format!("  |\n1 | …{}!{}…\n  | {}^", "ü".repeat(60), "y".repeat(59), " ".repeat(61));
        check(&text, 500, (1, 501), &picture);
    }
}
