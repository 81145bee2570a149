//! The parts in which a file is sent: its SQL, and the data of each `COPY … FROM STDIN`.

use std::ops::Range;

use crate::linked::Linked;
use crate::migration::Migration;
use crate::session::Session;

/// The parts of a file that is not sent as a whole, as the macro wrote them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    places: &'static [u8],
    copy: Linked<SendCopy>,
}

/// A part of a file, by places in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) sql: Range<usize>,
    pub(crate) data: Option<Data>,
}

/// What a `COPY` is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Data {
    pub(crate) place: Range<usize>,
    pub(crate) copy: Linked<SendCopy>,
}

type SendCopy = fn(&mut Session, &str, &str) -> Result<(), postgres::Error>;

/// The parts of a file. One without data to send is one part.
pub(crate) fn parts(migration: &Migration) -> Vec<Part> {
    match migration.parts() {
        None => vec![Part { sql: 0..migration.sql().len(), data: None }],
        Some(parts) => parts.iter().collect(),
    }
}

/// The data that a statement is sent, which begins there.
pub(crate) fn data_of(migration: &Migration, statement: &Range<usize>) -> Option<Data> {
    migration.parts()?.iter().find(|part| part.sql.start == statement.start)?.data
}

impl Parts {
    /// For each part four numbers of 4 bytes, little endian: where SQL begins and ends in the text, in
    /// bytes, and for a `COPY … FROM STDIN`, which stands alone and without its semicolon, where its data
    /// begin and end; else two zeros.
    #[must_use]
    pub const fn new(places: &'static [u8]) -> Self {
        Self { places, copy: Linked(Session::copy) }
    }

    fn iter(self) -> impl Iterator<Item = Part> {
        let (numbers, _) = self.places.as_chunks::<4>();
        let (parts, _) = numbers.as_chunks::<4>();
        parts.iter().filter_map(move |part| {
            let [begin, end, data_begin, data_end] =
                part.map(|number| usize::try_from(u32::from_le_bytes(number)).ok());
            let (sql, place) = (begin?..end?, data_begin?..data_end?);
            let data = (place.end > 0).then_some(Data { place, copy: self.copy });
            Some(Part { sql, data })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Data, Part, Parts, data_of, parts};
    use crate::__private::Source;
    use crate::migration::Migration;

    #[test]
    fn a_file_without_data_is_one_part() {
        let migration = Migration::new(Source { sql: "SELECT 1", ..Source::EMPTY });
        assert_eq!(parts(&migration), [Part { sql: 0..8, data: None }]);
    }

    #[test]
    fn reads_what_the_macro_writes() {
        const PARTS: Parts = Parts::new(&[
            0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, //
            10, 0, 0, 0, 0, 1, 0, 0, 2, 1, 0, 0, 2, 1, 0, 0,
        ]);
        let migration = Migration::new(Source { parts: Some(PARTS), ..Source::EMPTY });
        let data = Some(Data { place: 258..258, copy: PARTS.copy });
        let copy = Part { sql: 10..256, data: data.clone() };
        assert_eq!(parts(&migration), [Part { sql: 0..9, data: None }, copy]);
        assert_eq!(data_of(&migration, &(10..256)), data);
        assert_eq!(data_of(&migration, &(0..9)), None);
    }
}
