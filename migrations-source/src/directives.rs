//! What a file says of itself: each `-- migrations: …` before the first statement.

mod item;
mod misfit;
#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::checksum::Digest;
use crate::finding::Finding;
use crate::kind::Kind;
use crate::lexer::Token;
use crate::nearest::nearest;
use crate::rules::Rule;
use crate::statements::is_between;

use item::{Item, items, lookalikes};
use misfit::misfit;

pub(crate) use item::did_you_mean;

/// The directives of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directives {
    /// `no-transaction`: the statements run one by one, outside of a transaction.
    pub no_transaction: bool,
    /// `batch`: the statement is repeated until it changes no row, each time in a transaction.
    pub batch: bool,
    /// `batch-pause=100ms`: how long to wait between two repetitions, in milliseconds.
    pub batch_pause: Option<u32>,
    /// `batch-rate=5000`: how many rows a second to change at most.
    pub batch_rate: Option<u32>,
    /// `lock-timeout=2s`: how long a statement may wait for a lock, in milliseconds.
    pub lock_timeout: Option<u32>,
    /// `statement-timeout=10min`: how long a statement may take, in milliseconds.
    pub statement_timeout: Option<u32>,
    /// `accept=sha256:…`: older texts of the file that are applied somewhere.
    pub accepted: Vec<Digest>,
    /// `allow=rule`: rules that the file is let through by.
    pub allowed: Vec<Rule>,
    /// `after=other`: repeatable objects that are applied before this one.
    pub after: Vec<String>,
    /// Where each stands, by its name.
    pub(crate) given: Vec<(&'static str, Range<usize>)>,
}

const NAMES: [&str; 9] = [
    NO_TRANSACTION,
    BATCH,
    BATCH_PAUSE,
    BATCH_RATE,
    LOCK_TIMEOUT,
    STATEMENT_TIMEOUT,
    ALLOW,
    ACCEPT,
    AFTER,
];
pub(crate) const NO_TRANSACTION: &str = "no-transaction";
const BATCH: &str = "batch";
const BATCH_PAUSE: &str = "batch-pause";
const BATCH_RATE: &str = "batch-rate";
const LOCK_TIMEOUT: &str = "lock-timeout";
const STATEMENT_TIMEOUT: &str = "statement-timeout";
const ALLOW: &str = "allow";
const ACCEPT: &str = "accept";
const AFTER: &str = "after";

/// Reads the directives of a text, and says what is wrong with them.
pub(crate) fn parse(kind: Kind, tokens: &[Token<'_>]) -> (Directives, Vec<Finding>) {
    let first = tokens.iter().position(|token| !is_between(token)).unwrap_or(tokens.len());
    let (before, behind) = tokens.split_at(first);
    let mut directives = Directives::default();
    let mut findings = Vec::new();
    for token in before {
        let items = items(token);
        if items.is_empty() {
            findings.extend(lookalikes(token).iter().filter_map(miswritten));
        } else if !is_prose(&items) {
            findings.extend(items.iter().filter_map(|item| directives.add(kind, item).err()));
        }
    }
    findings.extend(directives.contradictions());
    let comments = behind.iter().filter(|token| token.is_comment());
    findings.extend(comments.flat_map(lookalikes).filter_map(|item| misplaced(&item)));
    (directives, findings)
}

/// A sentence may be broken before the word `migrations:`.
fn is_prose(items: &[Item<'_>]) -> bool {
    items[0].name.contains(char::is_whitespace)
        && items.iter().all(|item| nearest(item.name, NAMES).is_none())
}

impl Directives {
    /// Whether the statements run one by one, and not all in the transaction of the migration.
    #[must_use]
    pub fn are_one_by_one(&self) -> bool {
        self.no_transaction || self.batch
    }

    /// The names of the objects that this one is applied after, with where each stands.
    pub(crate) fn places_of_after(&self) -> impl Iterator<Item = (&str, &Range<usize>)> {
        let places = self.given.iter().filter(|(name, _)| *name == AFTER).map(|(_, range)| range);
        self.after.iter().map(String::as_str).zip(places)
    }

    fn add(&mut self, kind: Kind, item: &Item<'_>) -> Result<(), Finding> {
        let Some(name) = NAMES.into_iter().find(|name| *name == item.name) else {
            return Err(unknown(item));
        };
        if let Some(misfit) = misfit(kind, name, item) {
            return Err(misfit);
        }
        let may_recur = [ALLOW, ACCEPT, AFTER].contains(&name);
        if !may_recur && self.given.iter().any(|(given, _)| *given == name) {
            return Err(item.refuse(format!("the directive `{name}` is given twice"), "keep one"));
        }
        self.set(name, item)?;
        self.given.push((name, item.range.clone()));
        Ok(())
    }

    fn set(&mut self, name: &str, item: &Item<'_>) -> Result<(), Finding> {
        match name {
            NO_TRANSACTION => self.no_transaction = item.none()?,
            BATCH => self.batch = item.none()?,
            BATCH_PAUSE => self.batch_pause = Some(item.pause()?),
            BATCH_RATE => self.batch_rate = Some(item.rate()?),
            LOCK_TIMEOUT => self.lock_timeout = Some(item.timeout()?),
            STATEMENT_TIMEOUT => self.statement_timeout = Some(item.timeout()?),
            ALLOW => self.allowed.push(item.rule()?),
            AFTER => self.after.push(item.object(&self.after)?),
            _ => self.accepted.push(item.digest()?),
        }
        Ok(())
    }

    /// What does not go together.
    fn contradictions(&self) -> Vec<Finding> {
        self.given.iter().filter_map(|(name, range)| self.contradiction(name, range)).collect()
    }

    fn contradiction(&self, name: &str, range: &Range<usize>) -> Option<Finding> {
        let (message, help) = match name {
            NO_TRANSACTION if self.batch => (
                "the directive `batch` says it already: no transaction holds all of the file"
                    .into(),
                "remove it, and keep `batch`",
            ),
            BATCH_PAUSE | BATCH_RATE if !self.batch => (
                format!("the directive `{name}` is of no use without `batch`"),
                "add `batch`, or remove it",
            ),
            _ => return None,
        };
        Some(Finding::new(range.clone(), message).help(help))
    }
}

fn unknown(item: &Item<'_>) -> Finding {
    let name = item.name;
    if name.is_empty() {
        let names = NAMES.join("`, `");
        return item
            .refuse("a directive is missing", format!("write one of `{names}`, or remove it"));
    }
    let is_rule = Rule::ALL.iter().any(|rule| rule.name() == name);
    let help =
        if is_rule { format!("did you mean `allow={name}`?") } else { did_you_mean(name, &NAMES) };
    item.refuse(format!("unknown directive `{name}`"), help)
}

/// Other comments may begin alike; only what would count elsewhere is taken for a directive.
fn miswritten(item: &Item<'_>) -> Option<Finding> {
    let (name, text) = (name(item)?, item.text);
    let message = format!("the directive `{name}` does not count in a comment like this");
    Some(item.refuse(message, format!("write it on a line of its own: `-- migrations: {text}`")))
}

fn misplaced(item: &Item<'_>) -> Option<Finding> {
    let message = format!("the directive `{}` stands behind the first statement", name(item)?);
    Some(item.refuse(message, "move it up: directives stand before the first statement"))
}

/// The name of a directive that has a value exactly if it takes one.
fn name(item: &Item<'_>) -> Option<&'static str> {
    let name = NAMES.into_iter().find(|name| *name == item.name)?;
    let takes_none = name == NO_TRANSACTION || name == BATCH;
    (item.value.is_none() == takes_none).then_some(name)
}
