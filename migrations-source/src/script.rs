use std::ops::Range;

use crate::block::Block;
use crate::directives::{self, Directives};
use crate::finding::Finding;
use crate::kind::Kind;
use crate::lexer::{Token, tokens};
use crate::rules::Rule;
use crate::statements::Statement;

/// A file's text, taken apart.
pub(crate) struct Script<'a> {
    /// Of the file that holds the text.
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    pub(crate) tokens: &'a [Token<'a>],
    pub(crate) statements: Vec<Statement<'a, 'a>>,
    /// Those of the statements that are `DO` blocks.
    pub(crate) blocks: Vec<Block<'a>>,
    pub(crate) directives: Directives,
}

impl<'a> Script<'a> {
    /// Takes the text of a migration apart, see [`Script::of`].
    pub(crate) fn new(text: &'a str, tokens: &'a [Token<'a>]) -> (Self, Vec<Finding>) {
        Self::of(Kind::Versioned, text, tokens)
    }

    /// Takes a text apart, and says what is wrong with its directives.
    pub(crate) fn of(kind: Kind, text: &'a str, tokens: &'a [Token<'a>]) -> (Self, Vec<Finding>) {
        let (directives, findings) = directives::parse(kind, tokens);
        let statements: Vec<_> = crate::statements::statements(tokens).collect();
        let blocks = statements.iter().filter_map(|statement| Block::of(text, statement)).collect();
        (Self { kind, text, tokens, statements, blocks, directives }, findings)
    }

    pub(crate) fn allows(&self, rule: Rule) -> bool {
        self.directives.allowed.contains(&rule)
    }

    /// Where its statements stand.
    pub(crate) fn places(&self) -> Vec<Place> {
        let (mut line, mut seen) = (1, 0);
        let place = |statement: &Statement<'_, '_>| {
            let range = statement.range();
            line += self.text[seen..range.start].matches('\n').count();
            seen = range.start;
            Place { range, line }
        };
        self.statements.iter().map(place).collect()
    }
}

/// Where a statement stands in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// In bytes, without its semicolon.
    pub range: Range<usize>,
    /// From 1.
    pub line: usize,
}

/// Where the statements of a text stand. It is parted as PostgreSQL and psql do.
#[must_use]
pub fn statements(text: &str) -> Vec<Place> {
    let tokens: Vec<_> = tokens(text).collect();
    Script::new(text, &tokens).0.places()
}

#[cfg(test)]
mod tests {
    use super::statements;

    #[test]
    fn says_where_statements_stand() {
        let text = "-- é\nSELECT 'é';\n\n SELECT\n2 ; SELECT 3";
        let places: Vec<_> =
            statements(text).into_iter().map(|place| (place.line, &text[place.range])).collect();
        assert_eq!(places, [(2, "SELECT 'é'"), (4, "SELECT\n2"), (5, "SELECT 3")]);
    }
}
