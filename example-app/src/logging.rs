//! Lines on standard output, or for `migrate` on standard error: the level, and what happened.

use std::io::{self, Write};

use env_logger::{Builder, Env, Target};

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
