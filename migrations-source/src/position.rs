use std::fmt;

/// A place in a text: line and column, both counted from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl Position {
    /// Where every text begins.
    pub(crate) const START: Self = Self { line: 1, column: 1 };

    /// The place just behind `text`.
    #[must_use]
    pub fn at_end_of(text: &str) -> Self {
        Self::START.after(text)
    }

    /// The place just behind `text`, which begins here.
    pub(crate) fn after(self, text: &str) -> Self {
        match text.rsplit_once('\n') {
            Some((lines, last)) => Self {
                line: self.line + lines.matches('\n').count() + 1,
                column: last.chars().count() + 1,
            },
            None => Self { column: self.column + text.chars().count(), ..self },
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::Position;

    #[test]
    fn counts_lines_and_characters_from_one() {
        let cases = [("", 1, 1), ("ab", 1, 3), ("ab\n", 2, 1), ("é\nüß", 2, 3)];
        for (text, line, column) in cases {
            assert_eq!(Position::at_end_of(text), Position { line, column }, "{text:?}");
        }
    }

    #[test]
    fn goes_on_from_a_place() {
        let text = "é\nüß;\n\nab";
        for (at, _) in text.char_indices() {
            let (before, after) = text.split_at(at);
            assert_eq!(Position::at_end_of(before).after(after), Position::at_end_of(text));
        }
    }
}
