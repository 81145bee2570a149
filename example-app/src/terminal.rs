//! The terminal, but for its last columns.

use std::io;

use console::Term;
use indicatif::{ProgressDrawTarget, TermLike};

/// Standard error, to draw on.
///
/// The library fills its line, so that the terminal's echo of Ctrl-C would begin another one, and a
/// line too few be taken away. Here the echo has room, and goes with the line.
pub(crate) fn stderr() -> ProgressDrawTarget {
    ProgressDrawTarget::term_like(Box::new(Narrowed(Term::buffered_stderr())))
}

const ECHO: u16 = 4;

#[derive(Debug)]
struct Narrowed(Term);

impl TermLike for Narrowed {
    fn width(&self) -> u16 {
        TermLike::width(&self.0).saturating_sub(ECHO).max(1)
    }

    fn height(&self) -> u16 {
        TermLike::height(&self.0)
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_up(n)
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_down(n)
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_right(n)
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_left(n)
    }

    fn write_line(&self, s: &str) -> io::Result<()> {
        self.0.write_line(s)
    }

    fn write_str(&self, s: &str) -> io::Result<()> {
        self.0.write_str(s)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }
}
