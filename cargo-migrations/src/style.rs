//! The colours, which are those of cargo and rustc.

use anstyle::{AnsiColor, Style};
use clap::builder::styling::Styles;

pub(crate) const ERROR: Style = AnsiColor::BrightRed.on_default().bold();
pub(crate) const WARNING: Style = AnsiColor::BrightYellow.on_default().bold();
pub(crate) const NOTE: Style = AnsiColor::BrightGreen.on_default().bold();
pub(crate) const HINT: Style = Style::new().bold();
/// What frames an excerpt.
pub(crate) const MARGIN: Style = AnsiColor::BrightBlue.on_default().bold();

pub(crate) const HELP: Styles = Styles::styled()
    .header(NOTE)
    .usage(NOTE)
    .literal(AnsiColor::BrightCyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default())
    .error(ERROR)
    .valid(AnsiColor::BrightCyan.on_default().bold())
    .invalid(WARNING);
