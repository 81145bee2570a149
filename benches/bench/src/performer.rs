//! A contestant that runs, and what it answers; see the crate `stage`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::Result;
use crate::machine;
use crate::programs::Contestant;

#[derive(Debug)]
pub(crate) struct Performer {
    child: Child,
    input: ChildStdin,
    answers: BufReader<ChildStdout>,
}

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) took: Duration,
    /// Since 1970.
    pub(crate) at: Duration,
    pub(crate) failure: Option<Failure>,
}

#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) rendered_in: Duration,
    pub(crate) text: String,
}

impl Performer {
    /// Starts the program, which waits for commands.
    pub(crate) fn start(contestant: Contestant, url: &str) -> Result<Self> {
        Self::spawn(&mut Self::command(contestant, url))
    }

    /// The same where nothing is pending, which the bare client cannot know.
    pub(crate) fn start_again(contestant: Contestant, url: &str) -> Result<Self> {
        Self::spawn(Self::command(contestant, url).env("NOTHING_PENDING", "1"))
    }

    fn command(contestant: Contestant, url: &str) -> Command {
        let mut command = Command::new(contestant.program());
        // libpq and sqlx would ask for encryption first, which costs a round trip.
        command.env("DATABASE_URL", url).env("PGSSLMODE", "disable").env("PGGSSENCMODE", "disable");
        command
    }

    fn spawn(command: &mut Command) -> Result<Self> {
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = pipes.spawn().map_err(|error| format!("{command:?}: {error}"))?;
        let input = child.stdin.take().ok_or("no input")?;
        let answers = BufReader::new(child.stdout.take().ok_or("no output")?);
        Ok(Self { child, input, answers })
    }

    pub(crate) fn tell(&mut self, command: &str) -> Result {
        Ok(writeln!(self.input, "{command}")?)
    }

    /// The answer to the next command that has none yet.
    pub(crate) fn answer(&mut self) -> Result<Answer> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        read(line.trim_end()).ok_or_else(|| format!("no answer: \"{line}\"").into())
    }

    /// Tells, and returns the answer of one that did not fail.
    pub(crate) fn ask(&mut self, command: &str) -> Result<Answer> {
        self.tell(command)?;
        let answer = self.answer()?;
        match answer.failure {
            Some(failure) => Err(failure.text.into()),
            None => Ok(answer),
        }
    }

    /// The most memory that it has had so far, in KiB.
    pub(crate) fn peak(&self) -> Result<f64> {
        machine::peak(self.child.id())
    }
}

impl Drop for Performer {
    /// Nobody is left behind, also where something failed.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(line: &str) -> Option<Answer> {
    let mut words = line.splitn(5, ' ');
    let verdict = words.next()?;
    let [took, at] = [duration(words.next()?)?, duration(words.next()?)?];
    let failure = match verdict {
        "done" => None,
        "failed" => {
            Some(Failure { rendered_in: duration(words.next()?)?, text: words.next()?.into() })
        }
        _ => return None,
    };
    Some(Answer { took, at, failure })
}

fn duration(nanoseconds: &str) -> Option<Duration> {
    nanoseconds.parse().ok().map(Duration::from_nanos)
}
