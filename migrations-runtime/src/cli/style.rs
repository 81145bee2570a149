//! The colours, which are those of cargo. They are stripped elsewhere than on a terminal.

use anstyle::{AnsiColor, Style};

pub(super) const ERROR: Style = AnsiColor::BrightRed.on_default().bold();
pub(super) const WARNING: Style = AnsiColor::BrightYellow.on_default().bold();
pub(super) const GOOD: Style = AnsiColor::BrightGreen.on_default().bold();
pub(super) const BOLD: Style = Style::new().bold();
