use super::kinds::kinds;
use crate::statements::Statement;

/// How many sequences of tokens are remembered.
const MOST: usize = 64;

/// The sequences of tokens that the grammar has accepted, by its numbers for them. Another statement
/// of the same tokens is accepted, too: files with data are thousands of statements that differ in
/// names, numbers and strings only, and so are many small migrations.
#[derive(Default)]
pub(crate) struct Accepted(Vec<Vec<u16>>);

impl Accepted {
    /// Whether the grammar is certain to accept a statement. Else it is to be asked.
    pub(crate) fn holds(&mut self, statement: &Statement<'_, '_>) -> bool {
        kinds(statement).is_some_and(|kinds| self.0.contains(&kinds) || self.accept(kinds))
    }

    fn accept(&mut self, kinds: Vec<u16>) -> bool {
        let is_accepted = rupg_sql::recognize(&kinds).is_ok();
        if is_accepted && self.0.len() < MOST {
            self.0.push(kinds);
        }
        is_accepted
    }
}
