//! Ctrl-C and SIGTERM: the first asks for a clean end, the second ends the process at once.

use std::error::Error;
use std::io;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;

use crate::failure;

pub(crate) struct Stop {
    asked: Arc<AtomicBool>,
    wakes: Receiver<()>,
    wake: Sender<()>,
}

impl Stop {
    /// From here on a signal is noticed where this value is asked, and only there.
    pub(crate) fn on_signals() -> io::Result<Self> {
        let (wake, wakes) = mpsc::channel();
        let stop = Self { asked: Arc::default(), wakes, wake };
        for signal in [SIGINT, SIGTERM] {
            flag::register_conditional_shutdown(signal, 1, Arc::clone(&stop.asked))?;
            flag::register(signal, Arc::clone(&stop.asked))?;
        }
        stop.listen()?;
        Ok(stop)
    }

    /// Returns `None` when a signal came; an error is then what the signal did to a child process.
    pub(crate) fn excuse<T>(
        &self,
        result: Result<T, Box<dyn Error>>,
    ) -> Result<Option<T>, Box<dyn Error>> {
        if !self.is_asked() {
            return result.map(Some);
        }
        if let Err(error) = result {
            log::debug!("{}", failure::message(error.as_ref()));
        }
        log::info!("Stopping early");
        Ok(None)
    }

    /// Does the work, or returns `None` as soon as a signal comes.
    ///
    /// The work is then left alone on its thread and ends with the process, so it has to be of a
    /// kind that may end anywhere. Migrations are: the server rolls back what is not committed.
    pub(crate) fn or<T>(&self, work: impl FnOnce() -> T + Send + 'static) -> io::Result<Option<T>>
    where
        T: Send + 'static,
    {
        let done = WakeAtEnd(self.wake.clone());
        let worker = thread::Builder::new().spawn(move || {
            let _done = done;
            work()
        })?;
        self.wait();
        if self.is_asked() {
            log::info!("Stopping early");
            return Ok(None);
        }
        Ok(Some(worker.join().unwrap_or_else(|panic| resume_unwind(panic))))
    }

    /// Waits for a signal.
    pub(crate) fn wait(&self) {
        if !self.is_asked() {
            // We hold a sender ourselves, so that there is always somebody to wait for.
            let _ = self.wakes.recv();
        }
    }

    fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    fn listen(&self) -> io::Result<()> {
        let (mut signals, wake) = (Signals::new([SIGINT, SIGTERM])?, self.wake.clone());
        let listen = move || signals.forever().try_for_each(|_| wake.send(()));
        thread::Builder::new().name("signals".into()).spawn(listen).map(drop)
    }
}

/// Also at an end by panic.
struct WakeAtEnd(Sender<()>);

impl Drop for WakeAtEnd {
    fn drop(&mut self) {
        // When nobody listens any more, nobody waits.
        let _ = self.0.send(());
    }
}
