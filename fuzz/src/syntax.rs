//! The grammar, on what our splitter cuts, and its lexer beside ours.

use migrations_source::fuzzing::{Piece, What, pieces};
use migrations_source::{statements, syntax_errors};
use rupg_sql::nodes::Node;

/// Holds for any text.
pub fn check(text: &str) {
    errors_stand_in_their_statements(text);
    let pieces = pieces(text);
    let is_for_psql = |piece: &Piece<'_>| matches!(piece.what, What::PsqlCommand | What::CopyData);
    // The grammar knows nothing of psql, and reads no further than to a NUL.
    if !pieces.iter().any(is_for_psql) && !text.contains('\0') {
        parts_are_accepted_as_the_whole_is(text);
        statements_are_those_of_the_grammar(text);
        tokens_are_those_of_the_grammar(text, &pieces);
    }
}

/// One for each statement, at most.
fn errors_stand_in_their_statements(text: &str) {
    let places = statements(text);
    let ends = places.iter().skip(1).map(|next| next.range.start).chain([text.len() + 1]);
    let mut all = places.iter().zip(ends);
    for error in syntax_errors(text) {
        assert!(text.is_char_boundary(error.offset), "{error:?}");
        let is_there = all.any(|(place, end)| (place.range.start..end).contains(&error.offset));
        assert!(is_there, "{error:?}");
    }
}

/// Where this is broken, the text is cut in the wrong place.
fn parts_are_accepted_as_the_whole_is(text: &str) {
    let whole = rupg_sql::check(text);
    let parts = syntax_errors(text);
    assert_eq!(whole.is_ok(), parts.is_empty(), "{whole:?} {parts:?}");
}

/// If it has any: where it refuses the text, it tells of none.
fn statements_are_those_of_the_grammar(text: &str) {
    let Ok((list, _)) = rupg_sql::parse(text) else { return };
    let places = statements(text);
    assert_eq!(list.len(), places.len(), "{places:?}");
    for (node, place) in list.iter().zip(places) {
        let Some(Node::RawStmt(statement)) = node else { panic!("{node:?}") };
        let start = usize::try_from(statement.stmt_location).expect("in the text");
        let len = usize::try_from(statement.stmt_len).expect("in the text");
        // It has no length where no semicolon follows.
        let end = if len == 0 { text.len() } else { start + len };
        assert!(start <= place.range.start && place.range.end <= end, "{place:?}: {start}..{end}");
    }
}

/// Up to the first error of the grammar's lexer.
fn tokens_are_those_of_the_grammar(text: &str, pieces: &[Piece<'_>]) {
    let mut lexer = rupg_sql::Lexer::new(text);
    let mut ours = pieces.iter().filter(|piece| piece.what != What::Blank).flat_map(ranges);
    while let Ok(token) = lexer.next_token() {
        let range = (token.kind != 0).then_some((token.start, token.end));
        let our = ours.next();
        assert_eq!(our, range, "{:?}", range.map(|(start, end)| &text[start..end]));
        if range.is_none() {
            return;
        }
    }
}

/// PostgreSQL takes the prefix of `N'…'` for a keyword, also where the string does not end.
fn ranges(piece: &Piece<'_>) -> Vec<(usize, usize)> {
    let (start, end) = (piece.start, piece.start + piece.text.len());
    let is_quoted = matches!(piece.what, What::String | What::Unterminated);
    if is_quoted && piece.text.starts_with(['n', 'N']) {
        vec![(start, start + 1), (start + 1, end)]
    } else {
        vec![(start, end)]
    }
}
