//! Keeps what moves a terminal's cursor out of what people read: files, servers and rows may hold it.

use std::fmt;

/// A character to be shown in the place of one that a terminal would obey.
pub(crate) const REPLACEMENT: char = '\u{fffd}';

/// Passes on what may be shown, line feeds and tabs among it.
pub(crate) struct Printable<W>(pub(crate) W);

impl<W: fmt::Write> fmt::Write for Printable<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|char| self.write_char(char))
    }

    fn write_char(&mut self, char: char) -> fmt::Result {
        match char {
            // Of a file with Windows' ends of lines.
            '\r' => Ok(()),
            '\n' | '\t' => self.0.write_char(char),
            char if is_obeyed(char) => self.0.write_char(REPLACEMENT),
            char => self.0.write_char(char),
        }
    }
}

/// Control characters, and those that turn the direction of writing. See "Explicit Directional
/// Formatting Characters" in Unicode's UAX #9.
pub(crate) fn is_obeyed(char: char) -> bool {
    char.is_control() || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::Printable;

    #[test]
    fn shows_nothing_that_a_terminal_obeys() {
        let mut shown = Printable(String::new());
        shown.write_str("a\u{1b}[31m\tü\r\n\u{202e}b\u{7f}").unwrap();
        assert_eq!(shown.0, "a\u{fffd}[31m\tü\n\u{fffd}b\u{fffd}");
    }
}
