use std::ops::Range;

use crate::checksum::{Digest, parse_digest};
use crate::file_name::is_name;
use crate::finding::Finding;
use crate::lexer::{Kind, Token};
use crate::nearest::nearest;
use crate::rules::Rule;

/// One directive as it is written: `name` or `name=value`.
pub(super) struct Item<'a> {
    /// All of it.
    pub(super) text: &'a str,
    pub(super) name: &'a str,
    pub(super) value: Option<&'a str>,
    pub(super) range: Range<usize>,
}

/// The directives of a comment, if it holds some.
pub(super) fn items<'a>(token: &Token<'a>) -> Vec<Item<'a>> {
    let comment = token.text.strip_prefix("--").filter(|_| token.kind == Kind::LineComment);
    let list = comment.and_then(|comment| comment.trim_start().strip_prefix("migrations:"));
    list.map_or(Vec::new(), |list| parts(token, list))
}

/// What a comment holds that would be directives if it were written as one for them.
pub(super) fn lookalikes<'a>(token: &Token<'a>) -> Vec<Item<'a>> {
    let comment = match token.kind {
        Kind::LineComment => token.text.trim_start_matches('-'),
        Kind::BlockComment => token.text.trim_matches(['/', '*']),
        _ => return Vec::new(),
    };
    let Some((word, list)) = comment.split_once(':') else { return Vec::new() };
    let is = |it: &str| word.trim().eq_ignore_ascii_case(it);
    // `-- Migration: batch` is a heading; the other names are no words of their own.
    let is_meant = is("migrations") || is("migration") && list.trim() != "batch";
    if is_meant { parts(token, list) } else { Vec::new() }
}

fn parts<'a>(token: &Token<'a>, list: &'a str) -> Vec<Item<'a>> {
    list.split(',').map(|part| Item::new(token, part)).collect()
}

impl<'a> Item<'a> {
    /// Reads `part`, which is a part of the token's text: where it lies tells where it begins.
    fn new(token: &Token<'a>, part: &'a str) -> Self {
        let text = part.trim();
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name.trim_end(), Some(value.trim_start())),
            None => (text, None),
        };
        let start = token.start + (text.as_ptr() as usize - token.text.as_ptr() as usize);
        Self { text, name, value, range: start..start + text.len() }
    }

    pub(super) fn refuse(&self, message: impl Into<String>, help: impl Into<String>) -> Finding {
        Finding::new(self.range.clone(), message).help(help)
    }

    pub(super) fn none(&self) -> Result<bool, Finding> {
        match self.value {
            None => Ok(true),
            Some(_) => Err(self.refuse(
                format!("the directive `{}` takes no value", self.name),
                format!("write `-- migrations: {}`", self.name),
            )),
        }
    }

    fn value(&self, example: &str) -> Result<&str, Finding> {
        self.value.filter(|value| !value.is_empty()).ok_or_else(|| {
            self.refuse(
                format!("the directive `{}` needs a value", self.name),
                format!("write it as in `-- migrations: {}={example}`", self.name),
            )
        })
    }

    pub(super) fn timeout(&self) -> Result<u32, Finding> {
        self.duration("2s", "without limit")
    }

    pub(super) fn pause(&self) -> Result<u32, Finding> {
        self.duration("100ms", "no pause")
    }

    fn duration(&self, example: &str, zero: &str) -> Result<u32, Finding> {
        milliseconds(self.value(example)?).ok_or_else(|| {
            self.refuse(
                format!("the value of `{}` is no duration", self.name),
                format!(
                    "write a whole number and one of the units ms, s, min, h, d, such as {example}, \
                     of 24 days at most; 0s is {zero}"
                ),
            )
        })
    }

    pub(super) fn rate(&self) -> Result<u32, Finding> {
        let digits =
            Some(self.value("5000")?).filter(|value| value.bytes().all(|it| it.is_ascii_digit()));
        let rate = digits.and_then(|digits| digits.parse().ok()).filter(|rate| *rate > 0);
        rate.ok_or_else(|| {
            self.refuse(
                format!("the value of `{}` is no number of rows", self.name),
                "write a whole number of at least 1, such as 5000: so many rows a second at most",
            )
        })
    }

    pub(super) fn rule(&self) -> Result<Rule, Finding> {
        let value = self.value("syntax")?;
        let Some(rule) = Rule::ALL.into_iter().find(|rule| rule.name() == value) else {
            let allowed = Rule::ALL.into_iter().filter(|rule| rule.may_be_allowed());
            let names: Vec<_> = allowed.map(Rule::name).collect();
            return Err(
                self.refuse(format!("there is no rule `{value}`"), did_you_mean(value, &names))
            );
        };
        if rule.may_be_allowed() {
            return Ok(rule);
        }
        let message = format!("the rule `{rule}` cannot be allowed");
        Err(self.refuse(message, "remove the directive, and what the rule tells of"))
    }

    pub(super) fn object(&self, others: &[String]) -> Result<String, Finding> {
        let name = self.value("open_bets")?;
        if !is_name(name) {
            return Err(self.refuse(
                "the value of `after` is no name of a repeatable object",
                "write the name of its file without `.sql`, as in `-- migrations: after=open_bets`",
            ));
        }
        if others.iter().any(|other| other == name) {
            return Err(self.refuse(format!("`after={name}` is given twice"), "keep one"));
        }
        Ok(name.into())
    }

    pub(super) fn digest(&self) -> Result<Digest, Finding> {
        parse_digest(self.value("sha256:…")?).ok_or_else(|| {
            self.refuse(
                "the value of `accept` is no checksum",
                "copy it from the error that names it: sha256: and 64 digits of 0-9 and a-f",
            )
        })
    }
}

/// The name that was meant, or all names.
pub(crate) fn did_you_mean(name: &str, names: &[&str]) -> String {
    match nearest(name, names.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("these are known: `{}`", names.join("`, `")),
    }
}

/// PostgreSQL keeps its time-outs as a number of 31 bits.
fn milliseconds(text: &str) -> Option<u32> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: u32 = text[..digits].parse().ok()?;
    let factor = match text[digits..].trim_start() {
        "ms" => 1,
        "s" => 1000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(factor).filter(|number| i32::try_from(*number).is_ok())
}

#[cfg(test)]
mod tests {
    use super::milliseconds;

    #[test]
    fn durations() {
        let cases = [
            ("0s", Some(0)),
            ("250ms", Some(250)),
            ("2 s", Some(2000)),
            ("1h", Some(3_600_000)),
            ("24d", Some(2_073_600_000)),
            ("25d", None),
            ("99999999999ms", None),
            ("1.5s", None),
            ("-1s", None),
            ("s", None),
            ("", None),
            ("1S", None),
            ("1sé", None),
        ];
        for (text, expected) in cases {
            assert_eq!(milliseconds(text), expected, "{text:?}");
        }
    }
}
