//! The error renderer: from a position of what was sent to a line, a column and a picture.

use arbitrary::Arbitrary;
use migrations_runtime::fuzzing::{Message, Place, place};

use crate::file::is_obeyed;

/// A file that is sent in a part, and what the server says of it.
#[derive(Arbitrary, Debug)]
pub struct Case {
    prefix: String,
    file: String,
    suffix: String,
    /// Where the part begins and ends, and where its data do, in parts of 255 of the file.
    cuts: [u8; 3],
    has_data: bool,
    in_bytes: bool,
    position: u16,
    line: u8,
    message: String,
    context: String,
}

/// Holds for any case.
pub fn check(case: &Case) {
    each_place_is_right(&case.file);
    let mut cuts = case.cuts.map(|cut| boundary(&case.file, cut));
    cuts.sort_unstable();
    let suffix = format!("; {};", case.suffix);
    let message = Message {
        prefix: &case.prefix,
        file: &case.file,
        sql: cuts[0]..cuts[1],
        data: case.has_data.then_some(cuts[1]..cuts[2]),
        suffix: &suffix,
        in_bytes: case.in_bytes,
    };
    positions_are_those_of_the_part(&message);
    any_position_is_in_the_file(&message, case.position.into());
    lines_of_data(&message, case.line.into(), &case.context);
    what_is_ours_is_not_quoted(&message, &case.message);
}

/// The server quotes what it could not read up to the end of what was sent.
fn what_is_ours_is_not_quoted(message: &Message<'_>, text: &str) {
    let quoted = format!("unterminated quoted string at or near \"{text}{}\"", message.suffix);
    let told = message.message(&quoted);
    assert!(!told.contains(message.suffix), "{told:?}");
    assert!(told.lines().count() < 2 && told.chars().count() < 103, "{told:?}");
}

/// The boundary of a character at or before this part of the text.
fn boundary(text: &str, part: u8) -> usize {
    let at = text.len() * usize::from(part) / 255;
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

fn each_place_is_right(text: &str) {
    for (offset, _) in text.char_indices() {
        is_right(text, offset, &place(text, offset));
    }
    is_right(text, text.len(), &place(text, text.len()));
}

/// By another way of counting: line by line.
fn is_right(text: &str, offset: usize, place: &Place) {
    let before = &text[..offset];
    let line = before.split('\n').count();
    let column = before.split('\n').next_back().unwrap_or_default().chars().count() + 1;
    assert_eq!((place.line, place.column), (line, column), "{offset} of {text:?}");
    is_shown_well(text, place);
}

/// The mark stands below the character of the place, and no terminal obeys what is shown.
fn is_shown_well(text: &str, place: &Place) {
    assert!(!place.shown.contains(is_obeyed), "{:?}", place.shown);
    let lines: Vec<_> = place.shown.split('\n').collect();
    let [_, shown, mark] = lines[..] else { panic!("not three lines: {:?}", place.shown) };
    let (number, shown) = shown.split_once(" | ").expect("a margin");
    let (margin, mark) = mark.split_once(" | ").expect("a margin");
    assert_eq!((number, margin.len()), (&*place.line.to_string(), number.len()));
    let indent = mark.strip_suffix('^').expect("a mark");
    assert!(indent.chars().all(|char| matches!(char, ' ' | '\t')), "{mark:?}");
    let line = text.split('\n').nth(place.line - 1).expect("the line is in the text");
    let tabs = |text: &str| text.chars().map(|char| char == '\t').collect::<Vec<_>>();
    let at = indent.chars().count();
    let before: String = shown.chars().take(at).collect();
    assert_eq!(tabs(&before), tabs(indent), "{:?}", place.shown);
    let expected = line.trim_end().chars().nth(place.column - 1);
    let below = shown.chars().nth(at);
    let is_it = below == expected || expected.is_some_and(is_obeyed) && below == Some('\u{fffd}');
    assert!(is_it, "{below:?}, not {expected:?}, in {:?}", place.shown);
    assert!(shown.chars().count() <= 122, "{}", shown.chars().count());
}

/// Each character of the part is told of where it stands in the file; what is sent before is no place
/// of the file, and what is sent behind is behind the end.
fn positions_are_those_of_the_part(message: &Message<'_>) {
    let count = |text: &str| if message.in_bytes { text.len() } else { text.chars().count() };
    let sql = &message.file[message.sql.clone()];
    let prefix = count(message.prefix);
    if let Some(before) = prefix.checked_sub(1) {
        assert!(message.place(before).is_none());
    }
    for (offset, _) in sql.char_indices() {
        let place = message.place(prefix + count(&sql[..offset])).expect("it is in the file");
        assert!(!place.is_behind_end);
        is_right(message.file, message.sql.start + offset, &place);
    }
    let behind = message.place(prefix + count(sql)).expect("it is behind the file");
    assert!(behind.is_behind_end);
}

fn any_position_is_in_the_file(message: &Message<'_>, position: usize) {
    for position in [position, usize::MAX, usize::MAX - 1] {
        if let Some(place) = message.place(position) {
            // What is behind the end is not shown.
            let end = if place.is_behind_end { message.sql.end } else { message.file.len() };
            is_shown_well(&message.file[..end], &place);
        }
    }
}

/// Lines are counted from the first of the data; what is no context of a `COPY` is no place.
fn lines_of_data(message: &Message<'_>, number: usize, context: &str) {
    if let Some(place) = message.place_in_data(context) {
        is_shown_well(message.file, &place);
    }
    let told = message.place_in_data(&format!("COPY bets, line {number}, column odds: \"x\""));
    let Some(data) = message.data.clone().filter(|_| number > 0) else {
        assert!(told.is_none());
        return;
    };
    let place = told.expect("a line of the data");
    let before = message.file[data.clone()].split_inclusive('\n').take(number - 1);
    is_right(message.file, data.start + before.map(str::len).sum::<usize>(), &place);
}
