//! Other white space and other comments in the same text.

use migrations_source::fuzzing::{Piece, What, pieces};

use crate::choice::Choice;

/// The text with other white space and other comments, wherever these do not count.
pub(crate) fn with_other_blanks(text: &str) -> String {
    let pieces = pieces(text);
    let code: Vec<_> = pieces.iter().filter(|piece| piece.what != What::Blank).collect();
    // Where the data of a COPY begin is a matter of lines.
    let has_data = code.iter().any(|piece| is_client(piece));
    let mut choice = Choice::of(text);
    let (mut other, mut before) = (String::new(), None);
    for after in code.iter().copied().map(Some).chain([None]) {
        let gap = &text[end(before)..after.map_or(text.len(), |piece| piece.start)];
        other += &filled(&Gap { before, after, text: gap, has_data }, &mut choice);
        other += after.map_or("", |piece| piece.text);
        before = after;
    }
    other
}

/// Whether it may be what the data of a COPY come from.
pub(crate) fn is_client(piece: &Piece<'_>) -> bool {
    ["stdin", "stdout"].iter().any(|word| piece.text.eq_ignore_ascii_case(word))
}

/// What stands between two tokens that count, or before the first, or behind the last.
struct Gap<'a> {
    before: Option<&'a Piece<'a>>,
    after: Option<&'a Piece<'a>>,
    text: &'a str,
    has_data: bool,
}

fn end(piece: Option<&Piece<'_>>) -> usize {
    piece.map_or(0, |piece| piece.start + piece.text.len())
}

fn filled(gap: &Gap<'_>, choice: &mut Choice) -> String {
    let before = gap.before.map_or(What::Code, |piece| piece.what);
    let after = gap.after.map_or(What::Code, |piece| piece.what);
    if before == What::Unterminated || [before, after].contains(&What::CopyData) {
        return gap.text.into();
    }
    if gap.has_data {
        // Nothing can follow a command of psql, or a comment, on the last line.
        let more = if gap.after.is_some() { choice.one(&["", " ", "/**/"]) } else { "" };
        return gap.text.to_owned() + more;
    }
    if gap.text.is_empty() && (gap.after.is_none() || choice.one(&[true, false])) {
        return String::new();
    }
    choice.one(fillers(gap)).into()
}

fn fillers(gap: &Gap<'_>) -> &'static [&'static str] {
    let before = gap.before.map(|piece| piece.what);
    if before == Some(What::PsqlCommand) {
        // It reaches up to the end of its line.
        &["\n", "\r\n", "\r", "\n/* ' */", "\n-- \"\n"]
    } else if before == Some(What::String)
        && gap.after.is_some_and(|piece| piece.text.starts_with('\''))
    {
        // Behind an end of line it would continue the string, unless a comment of the other kind
        // stands between.
        &[" ", "\t", "/**/", "/*\n*/", "\n/**/\n", "--\n/* */"]
    } else {
        &[
            " ",
            "\t\x0b",
            "\n",
            "\r\n",
            "\x0c\r",
            "/**/",
            "/* a /* ' */ ; \" */",
            " -- $$ ' ;\n",
            " --\r",
        ]
    }
}
