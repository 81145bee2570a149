use std::io::{self, BufRead, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::failure::Failure;
use super::style::BOLD;
use crate::error::Error;
use crate::stop::StopHandle;

/// Where a command prints, and whom it can ask.
pub(super) struct Console<'a> {
    /// Results.
    pub(super) out: &'a mut dyn Write,
    /// What went wrong, remarks and questions.
    pub(super) err: &'a mut dyn Write,
    /// The answer of a person at a terminal, if there is one; the first question takes it.
    pub(super) input: Option<Box<dyn BufRead + Send>>,
    /// The columns of the terminal that results go to; elsewhere lines are as long as they are.
    pub(super) width: Option<u16>,
    /// How the user calls this, such as `myserver migrate`.
    pub(super) program: String,
}

impl Console<'_> {
    /// Whether a person says yes, unless they stop it. Nobody there is a no.
    pub(super) fn is_confirmed(
        &mut self,
        question: &str,
        stop: &StopHandle,
    ) -> Result<bool, Failure> {
        let Some(input) = self.input.take() else { return Ok(false) };
        write!(self.err, "{BOLD}{question}{BOLD:#} [y/N] ")?;
        self.err.flush()?;
        if let Some(answer) = read(input, stop)? {
            return Ok(is_yes(&answer));
        }
        writeln!(self.err)?;
        Err(Error::stopped().into())
    }
}

/// A line, or nothing when it is stopped. A program that has its signals stop the runs gets no other
/// end of the wait from them: the thread that reads is left to itself then.
fn read(mut input: Box<dyn BufRead + Send>, stop: &StopHandle) -> io::Result<Option<String>> {
    let answer = Arc::new(Mutex::new(None));
    let (theirs, waker) = (Arc::clone(&answer), stop.clone());
    let read = move || {
        let mut line = String::new();
        let result = input.read_line(&mut line).map(|_| line);
        *theirs.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        waker.wake();
    };
    thread::Builder::new().name("migrations".into()).spawn(read)?;
    let lock = || answer.lock().unwrap_or_else(PoisonError::into_inner);
    stop.wait(None, |is_stopped| !is_stopped && lock().is_none());
    lock().take().transpose()
}

fn is_yes(answer: &str) -> bool {
    ["y", "yes"].iter().any(|yes| answer.trim().eq_ignore_ascii_case(yes))
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::Console;
    use crate::stop::StopHandle;

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
            let input = answer.map(|answer| Box::new(answer.as_bytes()) as _);
            let program = String::new();
            let mut console = Console { out: &mut out, err: &mut err, input, width: None, program };
            assert_eq!(
                console.is_confirmed("Well?", &StopHandle::new()).unwrap(),
                expected,
                "{answer:?}"
            );
            assert_eq!(err.is_empty(), answer.is_none(), "{answer:?}");
        }
    }

    /// The other end of the pipe stays open, so that there is nothing to read, and no end.
    #[test]
    fn who_is_stopped_has_not_said_yes() {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let (reader, _writer) = std::io::pipe().unwrap();
        let input: Option<Box<dyn std::io::BufRead + Send>> =
            Some(Box::new(BufReader::new(reader)));
        let program = String::new();
        let mut console = Console { out: &mut out, err: &mut err, input, width: None, program };
        let stop = StopHandle::new();
        stop.stop();
        assert_eq!(console.is_confirmed("Well?", &stop).unwrap_err().kind(), "stopped");
    }
}
