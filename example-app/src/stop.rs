//! Ctrl-C and SIGTERM: the first asks for a clean end, the second ends the process at once.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use log::Level;
use migrations_runtime::StopHandle;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;

use crate::failure;

pub(crate) struct Stop {
    asked: Arc<AtomicBool>,
    migrations: StopHandle,
    signals: Receiver<()>,
}

impl Stop {
    /// From here on a signal is noticed where this value is asked, and by the migrations that have
    /// its handle, and only there.
    pub(crate) fn on_signals(migrations: StopHandle) -> io::Result<Self> {
        let (noticed, signals) = mpsc::channel();
        let stop = Self { asked: Arc::default(), migrations, signals };
        for signal in [SIGINT, SIGTERM] {
            flag::register_conditional_shutdown(signal, 1, Arc::clone(&stop.asked))?;
            flag::register(signal, Arc::clone(&stop.asked))?;
        }
        listen(stop.migrations.clone(), noticed)?;
        Ok(stop)
    }

    /// Stops migrations when a signal comes.
    pub(crate) fn handle(&self) -> StopHandle {
        self.migrations.clone()
    }

    /// Returns `None` when a signal came; an error is then told, and nothing to fail for.
    pub(crate) fn excuse<T>(
        &self,
        result: Result<T, Box<dyn Error>>,
    ) -> Result<Option<T>, Box<dyn Error>> {
        if !self.is_asked() {
            return result.map(Some);
        }
        if let Err(error) = result {
            log::log!(level(error.as_ref()), "{}", failure::message(error.as_ref()));
        }
        log::info!("Stopping early");
        Ok(None)
    }

    /// Waits for a signal.
    pub(crate) fn wait(&self) {
        if !self.is_asked() {
            // It is an error only when nobody listens any more, and then no signal would be noticed.
            let _ = self.signals.recv();
        }
    }

    fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }
}

fn listen(migrations: StopHandle, noticed: Sender<()>) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let listen = move || {
        signals.forever().try_for_each(|_| {
            migrations.stop();
            noticed.send(())
        })
    };
    thread::Builder::new().name("signals".into()).spawn(listen).map(drop)
}

/// Which migration was stopped and what it has left is news, and any other failure of it is worth a
/// look; the rest is what the signal did to a child process.
fn level(error: &(dyn Error + 'static)) -> Level {
    match error.downcast_ref::<migrations_runtime::Error>() {
        Some(error) if error.is_stopped() => Level::Info,
        Some(_) => Level::Warn,
        None => Level::Debug,
    }
}
