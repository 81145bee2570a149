//! On a terminal, a line at the bottom that tells how far the migration is.
//!
//! Elsewhere there is none: the library's own log lines, every few seconds, are enough for a file.

use std::io::{self, IsTerminal as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use migrations_runtime::{Applied, Error, Holder, Migration, Observer, Phase, Progress};

use crate::terminal;

/// For a phase of which the server tells how much there is to do.
const BAR: &str = "{spinner} {elapsed_precise} {bar:10} {percent:>3} % {wide_msg}";
const SPINNER: &str = "{spinner} {elapsed_precise} {wide_msg}";
const TICK: Duration = Duration::from_millis(100);

/// The line on standard error. Clones are one line.
#[derive(Clone)]
pub(crate) struct Display(Arc<Inner>);

struct Inner {
    is_on_terminal: bool,
    shown: Mutex<Option<ProgressBar>>,
}

impl Display {
    /// Shows nothing until a run of migrations, for which it is the observer, takes its time.
    pub(crate) fn on_stderr() -> Self {
        Self::new(io::stderr().is_terminal())
    }

    /// Does what writes to the terminal while the line is out of the way.
    pub(crate) fn beside<T>(&self, write: impl FnOnce() -> T) -> T {
        match &*self.shown() {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Takes the line away, until there is something to show again.
    pub(crate) fn clear(&self) {
        if let Some(bar) = self.shown().take() {
            bar.finish_and_clear();
        }
    }

    fn new(is_on_terminal: bool) -> Self {
        Self(Arc::new(Inner { is_on_terminal, shown: Mutex::default() }))
    }

    fn show(&self, elapsed: Duration, phase: Option<&Phase>, message: String) {
        if !self.0.is_on_terminal {
            return;
        }
        let mut shown = self.shown();
        let bar = shown.get_or_insert_with(new_bar);
        set_percent(bar, phase.and_then(Phase::percent));
        bar.set_elapsed(elapsed);
        bar.set_message(message);
    }

    fn shown(&self) -> MutexGuard<'_, Option<ProgressBar>> {
        self.0.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A look that is told late, when the migration is applied already, is shown until the next event.
impl Observer for Display {
    fn waiting(&self, waited: Duration, holder: Option<&Holder>) {
        let phase = holder.and_then(|holder| holder.phase.as_ref());
        self.show(waited, phase, of_wait(holder));
    }

    fn applying(&self, _: &'static Migration) {
        self.clear();
    }

    fn progress(&self, progress: &Progress) {
        self.show(progress.elapsed, progress.phase.as_ref(), of_progress(progress));
    }

    fn applied(&self, _: &Applied) {
        self.clear();
    }

    fn retrying(&self, _: &'static Migration, _: Duration, _: &Error) {
        self.clear();
    }
}

fn new_bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(100), terminal::stderr());
    bar.enable_steady_tick(TICK);
    bar
}

fn set_percent(bar: &ProgressBar, percent: Option<f64>) {
    bar.set_style(style(percent.map_or(SPINNER, |_| BAR)));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 100")]
    bar.set_position(percent.unwrap_or_default() as u64);
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn of_wait(holder: Option<&Holder>) -> String {
    let whom = match holder {
        Some(holder) => format!("waits for the migrations of pid {}", holder.pid),
        None => "waits for the migrations of another process".into(),
    };
    joined([Some(whom), holder.and_then(|holder| holder.phase.as_ref()).map(of_phase)])
}

/// What matters most comes first, for a narrow terminal cuts the end off.
fn of_progress(progress: &Progress) -> String {
    let Progress { migration, statement, blocker, rows, phase, .. } = progress;
    let count = migration.statements().count();
    joined([
        Some(migration.file_name().into()),
        statement.map(|number| format!("statement {number} of {count}")),
        blocker.as_ref().map(|blocker| format!("waits for pid {}", blocker.pid)),
        rows.map(|rows| format!("{rows} rows")),
        phase.as_ref().map(of_phase),
    ])
}

/// Without the percentage, which the bar shows.
fn of_phase(phase: &Phase) -> String {
    let Phase { command, phase: what, relation, done, unit, .. } = phase;
    let mut text = if what.is_empty() { command.clone() } else { what.clone() };
    if !relation.is_empty() {
        text = format!("{text} ({relation})");
    }
    match phase.percent() {
        None if *done > 0 => format!("{text}, {done} {unit}"),
        _ => text,
    }
}

fn joined<const N: usize>(parts: [Option<String>; N]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{BAR, Display, SPINNER, of_phase, set_percent};
    use indicatif::{ProgressBar, ProgressStyle};
    use migrations_runtime::{Observer as _, Phase};
    use std::time::Duration;

    const WAITED: Duration = Duration::from_secs(5);

    fn message(display: &Display) -> Option<String> {
        display.shown().as_ref().map(ProgressBar::message)
    }

    #[test]
    fn the_line_stays_until_it_is_cleared() {
        let display = Display::new(true);
        assert_eq!(message(&display), None);
        display.clone().waiting(WAITED, None);
        let expected = "waits for the migrations of another process";
        assert_eq!(message(&display).as_deref(), Some(expected));
        let bar = display.shown().clone().unwrap();
        display.clear();
        assert_eq!((message(&display), bar.is_finished()), (None, true));
    }

    #[test]
    fn elsewhere_than_on_a_terminal_there_is_no_line() {
        let display = Display::new(false);
        display.waiting(WAITED, None);
        assert_eq!(message(&display), None);
    }

    #[test]
    fn the_templates_are_ones() {
        for template in [BAR, SPINNER] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }

    #[test]
    fn the_bar_is_where_the_phase_is() {
        let bar = ProgressBar::hidden();
        for (percent, expected) in [(None, 0), (Some(0.4), 0), (Some(62.5), 62), (Some(100.0), 100)]
        {
            set_percent(&bar, percent);
            assert_eq!(bar.position(), expected);
        }
    }

    #[test]
    fn a_phase_is_told_in_few_words() {
        let mut phase = Phase::default();
        phase.command = "COPY FROM".into();
        (phase.done, phase.unit) = (4096, "bytes".into());
        assert_eq!(of_phase(&phase), "COPY FROM, 4096 bytes");
        (phase.relation, phase.total) = ("bets".into(), 8192);
        assert_eq!(of_phase(&phase), "COPY FROM (bets)");
        phase.phase = "building index: scanning table".into();
        assert_eq!(of_phase(&phase), "building index: scanning table (bets)");
    }
}
