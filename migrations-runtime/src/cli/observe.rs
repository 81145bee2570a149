//! Says on stderr what happens while a command works.

use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::lock::Holder;
use crate::migration::{Kind, Migration};
use crate::observer::Observer;
use crate::progress::Progress;

/// How often progress is told, which is looked at more often than people want to read.
const INTERVAL: Duration = Duration::from_secs(5);

#[derive(Default)]
pub(super) struct Narrator {
    told: Mutex<Option<Instant>>,
}

impl Narrator {
    fn is_time(&self) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_some_and(|told| told.elapsed() < INTERVAL) {
            return false;
        }
        *told = Some(Instant::now());
        true
    }
}

impl Observer for Narrator {
    fn waiting(&self, waited: Duration, holder: Option<&Holder>) {
        let whom = holder.map_or_else(|| "others".into(), Holder::to_string);
        say(&format!("Waiting for the migrations of {whom}, for {waited:.1?} so far"));
    }

    fn applying(&self, migration: &'static Migration) {
        let doing = if migration.kind() == Kind::Down { "Reverting with" } else { "Applying" };
        say(&format!("{doing} {}", migration.file_name()));
    }

    fn progress(&self, progress: &Progress) {
        if self.is_time() {
            say(&progress.to_string());
        }
    }

    fn retrying(&self, migration: &'static Migration, pause: Duration, error: &Error) {
        say(&format!("Trying {} again in {pause:.1?}: {error}", migration.file_name()));
    }
}

/// Where stderr is closed, there is nobody to tell.
fn say(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}
