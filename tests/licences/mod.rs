//! Licence expressions: SPDX, annex "SPDX license expressions", of which Cargo takes a slash for `OR`.

use std::collections::BTreeSet;

/// Whether the allowed licences are enough.
pub(crate) fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let result = alternatives(&mut words, allowed);
    result && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn alternatives(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut result = together(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        result |= together(words, allowed);
    }
    result
}

fn together(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut result = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        result &= one(words, allowed);
    }
    result
}

/// An exception gives more rights, so that it needs no permission of its own.
fn one(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let Some(word) = words.next() else { return false };
    if word == "(" {
        let result = alternatives(words, allowed);
        return words.next() == Some(")") && result;
    }
    if words.next_if_eq(&"WITH").is_some() {
        words.next();
    }
    allowed.contains(word)
}

#[test]
fn reads_expressions() {
    let allowed = ["A", "B"].map(str::to_owned).into();
    for good in ["A", "A OR X", "X/A", "(X OR A) AND B", "X AND Y OR B", "A WITH more"] {
        assert!(is_allowed(good, &allowed), "{good}");
    }
    for bad in ["", "X", "A AND X", "(A", "A B", "X OR", "(A OR B) AND X", "X WITH A"] {
        assert!(!is_allowed(bad, &allowed), "{bad}");
    }
}
