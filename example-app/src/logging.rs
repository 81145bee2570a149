//! Lines on standard output, or for `migrate` on standard error: the level, and what happened.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use env_logger::{Builder, Env, Target};
use log::Level;

use crate::display::Display;

/// Logs from `info` on, or what `RUST_LOG` says.
pub(crate) fn start(display: &Display) {
    Builder::from_env(Env::default().default_filter_or("info"))
        .target(Target::Pipe(Box::new(Beside(display.clone()))))
        .format(|line, record| writeln!(line, "{:5} {}", record.level(), record.args()))
        .init();
}

/// Warnings of this program, or what `RUST_LOG` says: what the library does, its command line tells.
pub(crate) fn start_on_stderr() {
    Builder::from_env(Env::default().default_filter_or("warn,migrations_runtime=off"))
        .target(Target::Stderr)
        .format(|line, record| writeln!(line, "{:5} {}", record.level(), record.args()))
        .init();
}

/// What may be said again and again is a warning when it is news, and else for `debug`.
#[derive(Debug, Default)]
pub(crate) struct Changes(Mutex<String>);

impl Changes {
    pub(crate) fn warn(&self, message: String) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let level = if *last == message { Level::Debug } else { Level::Warn };
        log::log!(level, "{message}");
        *last = message;
    }

    /// What was said is over, and is news the next time.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Standard output, which may be the terminal on which the display has its line.
struct Beside(Display);

impl Write for Beside {
    /// What is written has to be there before the line comes back.
    fn write(&mut self, record: &[u8]) -> io::Result<usize> {
        self.0.beside(|| {
            let mut stdout = io::stdout().lock();
            stdout.write_all(record)?;
            stdout.flush()
        })?;
        Ok(record.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
