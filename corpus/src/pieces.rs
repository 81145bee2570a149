use std::ops::Range;

use crate::server::{Server, Verdict};
use migrations_source::{Place, statements};

/// A statement of ours.
pub(crate) struct Piece {
    pub(crate) statement: Place,
    /// From its beginning to that of the next one.
    pub(crate) with_rest: Range<usize>,
    /// The server's, on all of that: with the semicolon, its messages are those of the whole file.
    pub(crate) verdict: Verdict,
}

/// The text in pieces, all but what stands before the first statement.
pub(crate) fn pieces(text: &str, server: &mut Server) -> Result<Vec<Piece>, postgres::Error> {
    let statements = statements(text);
    let starts = statements.iter().skip(1).map(|next| next.range.start);
    let ends: Vec<_> = starts.chain([text.len()]).collect();
    let ranges = statements.into_iter().zip(ends);
    ranges
        .map(|(statement, end)| {
            let with_rest = statement.range.start..end;
            let verdict = server.verdict(&text[with_rest.clone()])?;
            Ok(Piece { statement, with_rest, verdict })
        })
        .collect()
}
