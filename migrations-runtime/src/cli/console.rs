use std::io::{self, BufRead, Write};

use super::style::BOLD;

/// Where a command prints, and whom it can ask.
pub(super) struct Console<'a> {
    /// Results.
    pub(super) out: &'a mut dyn Write,
    /// What went wrong, remarks and questions.
    pub(super) err: &'a mut dyn Write,
    /// The answers of a person at a terminal, if there is one.
    pub(super) input: Option<&'a mut dyn BufRead>,
    /// The columns of the terminal that results go to; elsewhere lines are as long as they are.
    pub(super) width: Option<u16>,
    /// How the user calls this, such as `myserver migrate`.
    pub(super) program: String,
}

impl Console<'_> {
    /// Whether a person says yes. Nobody there is a no.
    pub(super) fn is_confirmed(&mut self, question: &str) -> io::Result<bool> {
        let Some(input) = &mut self.input else { return Ok(false) };
        write!(self.err, "{BOLD}{question}{BOLD:#} [y/N] ")?;
        self.err.flush()?;
        let mut answer = String::new();
        input.read_line(&mut answer)?;
        Ok(is_yes(&answer))
    }
}

fn is_yes(answer: &str) -> bool {
    ["y", "yes"].iter().any(|yes| answer.trim().eq_ignore_ascii_case(yes))
}

#[cfg(test)]
mod tests {
    use super::Console;

    #[test]
    fn takes_nothing_but_a_yes_for_one() {
        let cases = [
            (Some("y\n"), true),
            (Some("Yes\r\n"), true),
            (Some("n\n"), false),
            (Some(""), false),
            (Some("yes please\n"), false),
            (None, false),
        ];
        for (answer, expected) in cases {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let mut bytes = answer.unwrap_or_default().as_bytes();
            let input = answer.map(|_| &mut bytes as _);
            let program = String::new();
            let mut console = Console { out: &mut out, err: &mut err, input, width: None, program };
            assert_eq!(console.is_confirmed("Well?").unwrap(), expected, "{answer:?}");
            assert_eq!(err.is_empty(), answer.is_none(), "{answer:?}");
        }
    }
}
