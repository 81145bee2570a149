//! The rules that a file is held to, each by its name.

mod batch;
mod block;
mod copy;
mod duplicate_handler;
mod enum_value;
mod no_transaction;
mod not_in_transaction;
mod psql;
mod string_setting;
mod syntax;
mod transaction_control;

use std::fmt;

use crate::diagnostic::Severity;
use crate::finding::Finding;
use crate::grammar::Accepted;
use crate::kind::Kind;
use crate::script::Script;

pub use syntax::{SyntaxError, syntax_errors};

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// PostgreSQL's grammar refuses the statement.
    Syntax,
    /// The statement begins or ends a transaction.
    TransactionControl,
    /// The statement cannot run in a transaction.
    NotInTransaction,
    /// A `DO` block commits, or rolls back.
    CommittingBlock,
    /// A new value of an enum type is used in the transaction that adds it.
    NewEnumValue,
    /// The data of a `COPY … FROM STDIN` cannot be sent.
    CopyFromStdin,
    /// The line is for psql.
    PsqlCommand,
    /// The file changes how strings are read.
    StringSetting,
    /// The statement does nothing, or fails, outside of a transaction.
    OnlyInTransaction,
    /// A batch is not one statement that changes rows.
    BatchStatement,
    /// The statement of a batch limits itself to no number of rows.
    UnlimitedBatch,
    /// What a statement sets outside of a transaction cannot be set once more.
    UnclearSetting,
    /// A handler for duplicates does not catch those of two processes.
    DuplicateHandler,
    /// A statement could run in a transaction, but stands where there is none.
    MixedStatements,
    /// No statement of the file needs to run outside of a transaction.
    NeedlessNoTransaction,
}

impl Rule {
    /// All rules.
    pub const ALL: [Self; 15] = [
        Self::Syntax,
        Self::TransactionControl,
        Self::NotInTransaction,
        Self::CommittingBlock,
        Self::NewEnumValue,
        Self::CopyFromStdin,
        Self::PsqlCommand,
        Self::StringSetting,
        Self::OnlyInTransaction,
        Self::BatchStatement,
        Self::UnlimitedBatch,
        Self::UnclearSetting,
        Self::DuplicateHandler,
        Self::MixedStatements,
        Self::NeedlessNoTransaction,
    ];

    /// Its name, as in `-- migrations: allow=syntax`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::TransactionControl => "transaction-control",
            Self::NotInTransaction => "not-in-transaction",
            Self::CommittingBlock => "committing-block",
            Self::NewEnumValue => "new-enum-value",
            Self::CopyFromStdin => "copy-from-stdin",
            Self::PsqlCommand => "psql-command",
            Self::StringSetting => "string-setting",
            Self::OnlyInTransaction => "only-in-transaction",
            Self::BatchStatement => "batch-statement",
            Self::UnlimitedBatch => "unlimited-batch",
            Self::UnclearSetting => "unclear-setting",
            Self::DuplicateHandler => "duplicate-handler",
            Self::MixedStatements => "mixed-statements",
            Self::NeedlessNoTransaction => "needless-no-transaction",
        }
    }

    /// Whether what it finds is an error or a warning. Of errors, what it is not sure of is a warning.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::DuplicateHandler | Self::MixedStatements | Self::NeedlessNoTransaction => {
                Severity::Warning
            }
            _ => Severity::Error,
        }
    }

    /// Whether a file can be let through. What would end the runner's transaction, what cannot be
    /// sent, and what cannot be repeated, cannot.
    #[must_use]
    pub const fn may_be_allowed(self) -> bool {
        !matches!(
            self,
            Self::TransactionControl
                | Self::CopyFromStdin
                | Self::PsqlCommand
                | Self::BatchStatement
        )
    }

    /// How to let a file through, if that may be the right thing to do: what is sure to need a
    /// transaction, or to be outside of one, is refused by the server.
    pub(crate) fn allowance(self, is_sure: bool) -> Option<String> {
        let is_refused =
            is_sure && matches!(self, Self::NotInTransaction | Self::OnlyInTransaction);
        (self.may_be_allowed() && !is_refused).then(|| {
            format!(
                "`-- migrations: allow={self}` before the first statement lets this file through"
            )
        })
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// All that the rules find in a text, but what its directives allow.
pub(crate) fn check(script: &Script<'_>, accepted: &mut Accepted) -> Vec<Finding> {
    let rules: [Check; 5] = [
        psql::check,
        copy::check,
        transaction_control::check,
        string_setting::check,
        block::check_commands,
    ];
    let others = rules
        .iter()
        .chain(by_kind(script.kind))
        .chain(by_mode(script))
        .flat_map(|check| check(script));
    let findings = syntax::check(script, accepted).into_iter().chain(others);
    findings.filter(|finding| finding.rule.is_none_or(|rule| !script.allows(rule))).collect()
}

type Check = fn(&Script<'_>) -> Vec<Finding>;

/// What is applied again may find what it creates, and it is applied under a lock.
fn by_kind(kind: Kind) -> &'static [Check] {
    match kind {
        Kind::Versioned | Kind::Down => &[duplicate_handler::check],
        Kind::Repeatable => &[],
    }
}

/// A batch runs in transactions, but of what cannot run in one, it may hold nothing anyway.
fn by_mode(script: &Script<'_>) -> &'static [Check] {
    if script.directives.batch {
        &[batch::check]
    } else if script.directives.no_transaction {
        &[no_transaction::check]
    } else {
        &[not_in_transaction::check, block::check, enum_value::check]
    }
}

/// For the tests of the rules: what one finds in a text.
#[cfg(test)]
pub(crate) fn found(check: fn(&Script<'_>) -> Vec<Finding>, text: &str) -> Vec<&str> {
    let tokens: Vec<_> = crate::lexer::tokens(text).collect();
    let (script, _) = Script::new(text, &tokens);
    check(&script).into_iter().map(|finding| &text[finding.range]).collect()
}

#[cfg(test)]
mod tests {
    use super::Rule;

    #[test]
    fn names_are_unique_and_all_are_listed() {
        let mut names: Vec<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Rule::ALL.len());
    }
}
