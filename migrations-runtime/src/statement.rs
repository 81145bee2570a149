use std::ops::Range;

/// A statement of a migration, as it was told apart at build time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    text: &'static str,
    begin: usize,
    line: u32,
}

impl Statement {
    /// Its text, from its first word to its last, without the semicolon.
    #[must_use]
    pub const fn text(&self) -> &'static str {
        self.text
    }

    /// The line of the file where it begins, from 1.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.line
    }

    /// Where it stands in [`Migration::sql`](crate::Migration::sql), in bytes.
    #[must_use]
    pub const fn range(&self) -> Range<usize> {
        self.begin..self.begin + self.text.len()
    }
}

/// Reads the places that the macro wrote: three numbers of 4 bytes, little endian, for each.
pub(crate) fn statements(
    sql: &'static str,
    places: &'static [u8],
) -> impl DoubleEndedIterator<Item = Statement> {
    let (places, _) = places.as_chunks::<4>();
    let (places, _) = places.as_chunks::<3>();
    places.iter().filter_map(move |place| {
        let [begin, end, line] = place.map(u32::from_le_bytes);
        let (begin, end) = (usize::try_from(begin).ok()?, usize::try_from(end).ok()?);
        Some(Statement { text: sql.get(begin..end)?, begin, line })
    })
}

#[cfg(test)]
mod tests {
    use super::statements;

    const SQL: &str = "-- ü\nSELECT 1;\n\nSELECT 'é'\n";
    const PLACES: &[u8] =
        &[6, 0, 0, 0, 14, 0, 0, 0, 2, 0, 0, 0, 17, 0, 0, 0, 28, 0, 0, 0, 4, 0, 0, 0];

    fn texts(places: &'static [u8]) -> Vec<&'static str> {
        statements(SQL, places).map(|statement| statement.text()).collect()
    }

    #[test]
    fn reads_what_the_macro_writes() {
        let [first, second] = statements(SQL, PLACES).collect::<Vec<_>>().try_into().unwrap();
        assert_eq!((first.text(), first.line(), first.range()), ("SELECT 1", 2, 6..14));
        assert_eq!((second.text(), second.line(), second.range()), ("SELECT 'é'", 4, 17..28));
        assert_eq!(&SQL[second.range()], second.text());
    }

    #[test]
    fn numbers_are_little_endian() {
        let text: &str = " ".repeat(0x0102_0304).leak();
        let places: &[u8] = &[1, 3, 2, 1, 4, 3, 2, 1, 2, 1, 0, 0];
        let statement = statements(text, places).next().unwrap();
        assert_eq!((statement.range(), statement.line()), (0x0102_0301..0x0102_0304, 0x0102));
    }

    #[test]
    fn what_is_no_place_in_the_text_is_no_statement() {
        let cases: [(&'static [u8], &[&str]); 5] = [
            (b"", &[]),
            (&PLACES[..11], &[]),
            (&PLACES[..23], &["SELECT 1"]),
            // Behind the end, and in the midst of a character.
            (&[6, 0, 0, 0, 255, 0, 0, 0, 2, 0, 0, 0], &[]),
            (&[4, 0, 0, 0, 14, 0, 0, 0, 2, 0, 0, 0], &[]),
        ];
        for (places, expected) in cases {
            assert_eq!(texts(places), expected, "{places:?}");
        }
    }
}
