use std::ops::Range;
use std::path::Path;

use crate::diagnostic::{Diagnostic, Severity};
use crate::excerpt::Excerpt;
use crate::position::Position;
use crate::rules::Rule;

/// Something wrong at a place of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) rule: Option<Rule>,
    /// In bytes.
    pub(crate) range: Range<usize>,
    message: String,
    help: Vec<String>,
    /// Of what a rule is not sure, it warns.
    pub(crate) is_sure: bool,
}

impl Finding {
    pub(crate) fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        Self { rule: None, range, message: message.into(), help: Vec::new(), is_sure: true }
    }

    pub(crate) fn of(self, rule: Rule) -> Self {
        Self { rule: Some(rule), ..self }
    }

    /// A warning, whatever else the rule finds: it is not sure.
    pub(crate) fn unsure(self) -> Self {
        Self { is_sure: false, ..self }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// What is wrong, for tests.
    #[cfg(test)]
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    #[cfg(test)]
    pub(crate) fn helps(&self) -> &[String] {
        &self.help
    }

    fn diagnostic(self, path: &Path, text: &str, position: Position) -> Diagnostic {
        let severity = self.severity();
        let excerpt = Excerpt::new(text, self.range, position.line);
        let mut diagnostic = Diagnostic::new(path, self.message).at(position).showing(excerpt);
        diagnostic = self.help.into_iter().fold(diagnostic, Diagnostic::help);
        let Some(rule) = self.rule else { return diagnostic };
        diagnostic = rule.allowance(self.is_sure).into_iter().fold(diagnostic, Diagnostic::help);
        diagnostic.of(rule, severity)
    }

    /// Whether it keeps a file from being embedded.
    pub(crate) fn severity(&self) -> Severity {
        let of_rule = self.rule.map_or(Severity::Error, Rule::severity);
        if self.is_sure { of_rule } else { Severity::Warning }
    }
}

/// Tells of a text's findings by file and line.
pub(crate) fn diagnostics(path: &Path, text: &str, mut findings: Vec<Finding>) -> Vec<Diagnostic> {
    findings.sort_by_key(|finding| finding.range.start);
    let (mut position, mut seen) = (Position::START, 0);
    let tell = |finding: Finding| {
        position = position.after(&text[seen..finding.range.start]);
        seen = finding.range.start;
        finding.diagnostic(path, text, position)
    };
    findings.into_iter().map(tell).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Finding, diagnostics};

    #[test]
    fn says_of_each_where_it_stands() {
        let text = "SELECT 'é';\n  /* é */ BEGIN; SELECT 1; COMMIT;\n\nABORT";
        let finding = |word: &str| {
            let start = text.find(word).unwrap();
            Finding::new(start..start + word.len(), word)
        };
        let findings = ["ABORT", "BEGIN", "COMMIT"].map(finding).to_vec();
        let told = diagnostics(Path::new("a.sql"), text, findings);
        let told: Vec<_> = told.iter().map(ToString::to_string).collect();
        let expected = [
            "a.sql:2:11: BEGIN\n  |\n2 |   /* é */ BEGIN; SELECT 1; COMMIT;\n  |           ^^^^^",
            "a.sql:2:28: COMMIT\n  |\n2 |   /* é */ BEGIN; SELECT 1; COMMIT;\n  |                            ^^^^^^",
            "a.sql:4:1: ABORT\n  |\n4 | ABORT\n  | ^^^^^",
        ];
        assert_eq!(told, expected);
    }
}
