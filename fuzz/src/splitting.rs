//! The lexer, the splitter and the checksum.

use migrations_source::fuzzing::{Piece, What, checksum, pieces};
use migrations_source::{Place, statements};

use crate::blanks::{is_client, with_other_blanks};
use crate::choice::Choice;

/// Holds for any text.
pub fn check(text: &str) {
    tokens_cover(text);
    statements_stand_where_they_are_said_to(text);
    nothing_is_left_out(text);
    statements_are_whole(text);
    blanks_do_not_count(text);
    case_does_not_count(text);
    ends_of_lines_do_not_count(text);
    empty_statements_do_not_count(text);
}

fn tokens_cover(text: &str) {
    let mut at = 0;
    for piece in pieces(text) {
        assert_eq!(piece.start, at, "a gap");
        assert!(!piece.text.is_empty(), "an empty token at {at}");
        at += piece.text.len();
        assert_eq!(text.get(piece.start..at), Some(piece.text));
    }
    assert_eq!(at, text.len(), "the end is missing");
}

fn statements_stand_where_they_are_said_to(text: &str) {
    let pieces = pieces(text);
    let (mut line, mut seen) = (1, 0);
    for place in statements(text) {
        assert!(place.range.start >= seen, "{place:?} overlaps what ends at {seen}");
        let statement = text.get(place.range.clone()).expect("on the boundaries of characters");
        line += newlines(&text[seen..place.range.start]);
        assert_eq!(place.line, line, "{statement:?}");
        line += newlines(statement);
        seen = place.range.end;
        let inside = |piece: &&Piece<'_>| place.range.contains(&piece.start);
        let mut inside = pieces.iter().filter(inside);
        let first = inside.next().expect("not empty");
        let last = inside.next_back().unwrap_or(first);
        let ends = first.start..last.start + last.text.len();
        assert_eq!(ends, place.range, "{statement:?}");
        assert!(![first.what, last.what].contains(&What::Blank), "{statement:?}");
    }
}

fn newlines(text: &str) -> usize {
    text.matches('\n').count()
}

/// Outside of statements there is nothing that is for the server.
fn nothing_is_left_out(text: &str) {
    let places = statements(text);
    for piece in pieces(text) {
        let (start, end) = (piece.start, piece.start + piece.text.len());
        let is_inside = |place: &Place| place.range.start <= start && end <= place.range.end;
        let is_outside = |place: &Place| place.range.end <= start || end <= place.range.start;
        if !places.iter().any(is_inside) {
            assert!(places.iter().all(is_outside), "a statement parts {piece:?}");
            assert!(may_stand_between(&piece), "{piece:?} is in no statement");
        }
    }
}

fn may_stand_between(piece: &Piece<'_>) -> bool {
    matches!(piece.what, What::Blank | What::PsqlCommand | What::CopyData) || piece.text == ";"
}

/// A statement by itself is one statement. The data of a COPY that begin on the next line, within
/// another statement of the COPY's line, are none by themselves.
fn statements_are_whole(text: &str) {
    let data: Vec<_> =
        pieces(text).iter().filter(|p| p.what == What::CopyData).map(|p| p.start).collect();
    for place in statements(text) {
        if data.iter().any(|at| place.range.contains(at)) {
            continue;
        }
        let statement = &text[place.range];
        let whole = Place { range: 0..statement.len(), line: 1 };
        assert_eq!(statements(statement), [whole], "{statement:?}");
    }
}

fn blanks_do_not_count(text: &str) {
    let other = with_other_blanks(text);
    assert_eq!(code(&other), code(text), "{other:?}");
    assert_eq!(code_of_statements(&other), code_of_statements(text), "{other:?}");
    assert_eq!(checksum(&other), checksum(text), "{other:?}");
}

fn code(text: &str) -> Vec<&str> {
    pieces(text).iter().filter(|piece| piece.what != What::Blank).map(|piece| piece.text).collect()
}

fn code_of_statements(text: &str) -> Vec<Vec<&str>> {
    let pieces: Vec<_> = pieces(text).into_iter().filter(|p| p.what != What::Blank).collect();
    // Not taken apart anew: the data of a COPY can begin within a statement.
    let inside = |place: &Place| {
        let inside = pieces.iter().filter(|piece| place.range.contains(&piece.start));
        inside.map(|piece| piece.text).collect()
    };
    statements(text).iter().map(inside).collect()
}

/// That of keywords and of identifiers without quotes.
fn case_does_not_count(text: &str) {
    let mut choice = Choice::of(text);
    let mut cased = |piece: &Piece<'_>| match choice.one(&[0, 1, 2]) {
        0 if is_word(piece) => piece.text.to_ascii_lowercase(),
        1 if is_word(piece) => piece.text.to_ascii_uppercase(),
        _ => piece.text.to_owned(),
    };
    let other: String = pieces(text).iter().map(&mut cased).collect();
    assert_eq!(checksum(&other), checksum(text), "{other:?}");
    assert_eq!(statements(&other), statements(text), "{other:?}");
}

fn is_word(piece: &Piece<'_>) -> bool {
    let begins = |char: char| char.is_ascii_alphabetic() || char == '_' || !char.is_ascii();
    piece.what == What::Code && piece.text.starts_with(begins) && !piece.text.contains('"')
}

/// A checkout on another system, or one that an editor has left half changed.
fn ends_of_lines_do_not_count(text: &str) {
    let feeds = text.replace('\r', "");
    let mut choice = Choice::of(text);
    let mixed: String = feeds
        .split_inclusive('\n')
        .map(|line| match line.strip_suffix('\n') {
            Some(line) if choice.one(&[true, false]) => format!("{line}\r\n"),
            _ => line.to_owned(),
        })
        .collect();
    for other in [feeds.replace('\n', "\r\n"), mixed] {
        assert_eq!(checksum(&other), checksum(&feeds), "{other:?}");
        let lines = |text| statements(text).iter().map(|place| place.line).collect::<Vec<_>>();
        assert_eq!(lines(&other), lines(&feeds), "{other:?}");
    }
}

fn empty_statements_do_not_count(text: &str) {
    let pieces = pieces(text);
    let mut choice = Choice::of(text);
    let mut more = |piece: &Piece<'_>| {
        if is_semicolon(piece) { choice.one(&["", ";", " /* ; */ ;", "; ;"]) } else { "" }
    };
    let mut other: String = pieces.iter().flat_map(|piece| [piece.text, more(piece)]).collect();
    // What is open takes in all that follows, and so do the data of a COPY.
    let is_open = pieces.iter().any(|piece| piece.what == What::Unterminated || is_client(piece));
    if !is_open {
        other += "\n;";
    }
    assert_eq!(checksum(&other), checksum(text), "{other:?}");
    assert_eq!(statements(&other).len(), statements(text).len(), "{other:?}");
}

fn is_semicolon(piece: &Piece<'_>) -> bool {
    piece.what == What::Code && piece.text == ";"
}
