//! Whether each piece of ours is one statement to the server, and all of them are all of the text.

use crate::pieces::Piece;
use crate::server::{Server, Verdict};
use migrations_source::statements;

/// How many pieces behind a refused one may belong to it.
const JOINED: usize = 3;

/// A piece that is not one statement: where it begins, and what it is.
pub(crate) struct WrongSplit {
    pub(crate) offset: usize,
    pub(crate) reason: &'static str,
}

pub(crate) fn wrong_splits(
    text: &str,
    is_accepted: bool,
    pieces: &[Piece],
    server: &mut Server,
) -> Result<Vec<WrongSplit>, postgres::Error> {
    let mut wrong = Vec::new();
    let first = pieces.first().map_or(text.len(), |piece| piece.with_rest.start);
    // Where the server refuses the text, that may be because of what stands here.
    if is_accepted && !server.is_empty(&text[..first])? {
        wrong.push(WrongSplit { offset: 0, reason: "what precedes the first piece is not empty" });
    }
    let mut line = 1 + newlines(&text[..first]);
    for (at, piece) in pieces.iter().enumerate() {
        let offset = piece.with_rest.start;
        if piece.statement.line != line {
            wrong.push(WrongSplit { offset, reason: "the line is wrong" });
        }
        if let Some(reason) = reason(text, is_accepted, &pieces[at..], server)? {
            wrong.push(WrongSplit { offset, reason });
        }
        line += newlines(&text[piece.with_rest.clone()]);
    }
    Ok(wrong)
}

/// The first statement that begins elsewhere without the parts for psql.
pub(crate) fn moved_statement(written: &str, sent: &str) -> Option<WrongSplit> {
    let (one, other) = (statements(written), statements(sent));
    let starts = one.iter().zip(&other).map(|(one, other)| (one.range.start, other.range.start));
    let moved = starts.into_iter().find(|(one, other)| one != other).map(|(_, other)| other);
    let rest = || other.get(one.len()).or(one.get(other.len())).map(|place| place.range.start);
    let ends_by_command = written.bytes().zip(sent.bytes()).any(|pair| pair == (b'\\', b';'));
    // In a migration such a command is an error; where its statement ends does not matter.
    if ends_by_command || written.contains("\\;") {
        return None;
    }
    let reason = "the statement begins elsewhere as it is written";
    moved.or_else(rest).map(|offset| WrongSplit { offset, reason })
}

/// What is wrong with the first of the pieces.
fn reason(
    text: &str,
    is_accepted: bool,
    pieces: &[Piece],
    server: &mut Server,
) -> Result<Option<&'static str>, postgres::Error> {
    let piece = &pieces[0];
    Ok(match &piece.verdict {
        Verdict::Several => Some("the piece is several statements"),
        // Without its semicolon and the comments behind it.
        Verdict::One => (server.verdict(&text[piece.statement.range.clone()])? != Verdict::One)
            .then_some("the piece is cut too short"),
        Verdict::Refused(_) if is_accepted => Some("the piece is not a statement"),
        Verdict::Refused(_) => is_part_of_one(text, pieces, server)?
            .then_some("the piece is a statement with what follows it"),
    })
}

fn newlines(text: &str) -> usize {
    text.matches('\n').count()
}

fn is_part_of_one(
    text: &str,
    pieces: &[Piece],
    server: &mut Server,
) -> Result<bool, postgres::Error> {
    for last in pieces.iter().skip(1).take(JOINED) {
        if server.verdict(&text[pieces[0].with_rest.start..last.with_rest.end])? == Verdict::One {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::moved_statement;

    #[test]
    fn finds_the_statement_that_begins_elsewhere() {
        for (written, sent, expected) in [
            ("\\echo a\na; b", "       \na; b", None),
            ("\\echo ;\na; b", "       \na  b", Some(11)),
            ("a; b", "   b", Some(3)),
            ("a \\g\nb", "a ; \nb", None),
        ] {
            let moved = moved_statement(written, sent).map(|wrong| wrong.offset);
            assert_eq!(moved, expected, "{written}");
        }
    }
}
