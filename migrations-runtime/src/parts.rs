//! The parts in which a file is sent: its SQL, and the data of each `COPY … FROM STDIN`.

use std::ops::Range;

use crate::migration::Migration;

/// A part of a file, by places in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) sql: Range<usize>,
    /// What a `COPY` is sent.
    pub(crate) data: Option<Range<usize>>,
}

/// The parts of a file. One without data to send is one part.
pub(crate) fn parts(migration: &Migration) -> Vec<Part> {
    if migration.parts().is_empty() {
        return vec![Part { sql: 0..migration.sql().len(), data: None }];
    }
    read(migration.parts()).collect()
}

/// The data that a statement is sent, which begins there.
pub(crate) fn data_of(migration: &Migration, statement: &Range<usize>) -> Option<Range<usize>> {
    read(migration.parts()).find(|part| part.sql.start == statement.start)?.data
}

/// Reads what the macro wrote: four numbers of 4 bytes, little endian, for each.
fn read(parts: &'static [u8]) -> impl Iterator<Item = Part> {
    let (numbers, _) = parts.as_chunks::<4>();
    let (parts, _) = numbers.as_chunks::<4>();
    parts.iter().filter_map(|part| {
        let [begin, end, data_begin, data_end] =
            part.map(|number| usize::try_from(u32::from_le_bytes(number)).ok());
        let (sql, data) = (begin?..end?, data_begin?..data_end?);
        Some(Part { sql, data: Some(data).filter(|data| data.end > 0) })
    })
}

#[cfg(test)]
mod tests {
    use super::{Part, data_of, parts};
    use crate::__private::Source;
    use crate::migration::Migration;

    #[test]
    fn a_file_without_data_is_one_part() {
        let migration = Migration::new(Source { sql: "SELECT 1", ..Source::EMPTY });
        assert_eq!(parts(&migration), [Part { sql: 0..8, data: None }]);
    }

    #[test]
    fn reads_what_the_macro_writes() {
        const PARTS: &[u8] = &[
            0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, //
            10, 0, 0, 0, 0, 1, 0, 0, 2, 1, 0, 0, 2, 1, 0, 0,
        ];
        let migration = Migration::new(Source { parts: PARTS, ..Source::EMPTY });
        let copy = Part { sql: 10..256, data: Some(258..258) };
        assert_eq!(parts(&migration), [Part { sql: 0..9, data: None }, copy]);
        assert_eq!(data_of(&migration, &(10..256)), Some(258..258));
        assert_eq!(data_of(&migration, &(0..9)), None);
    }
}
