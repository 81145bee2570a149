//! A row of the page's table.

use std::time::{Duration, SystemTime};

use humantime::format_rfc3339_seconds;
use migrations_runtime::{Entry, Recorded};

use super::html::escape;
use super::running::Shown;

/// The columns.
pub(super) const COLUMNS: [&str; 6] =
    ["Version", "Name", "State", "Applied at (UTC)", "Took", "By"];

/// The bar of its duration is as long as its part of the longest one.
///
/// The roles are said, for a narrow page shows the table as blocks, and blocks have none. There each
/// cell has its column's name in sight, too; who listens has the column's head.
pub(super) fn row(entry: &Entry, Shown { word, detail }: &Shown, longest: f64) -> String {
    let recorded = entry.recorded.as_ref();
    let state =
        if detail.is_empty() { (*word).into() } else { format!("{word} ({})", escape(detail)) };
    let texts = [
        entry.version().map_or_else(|| "repeatable".into(), |it| it.to_string()),
        escape(entry.name()),
        state,
        recorded.map(|recorded| time(recorded.applied_at)).unwrap_or_default(),
        recorded.map(|recorded| duration(recorded, longest)).unwrap_or_default(),
        recorded.map(who).unwrap_or_default(),
    ];
    let cells: String =
        COLUMNS.iter().zip(texts).map(|(column, text)| cell(column, &text)).collect();
    format!("<tr role=\"row\" class=\"{word}\">{cells}</tr>\n")
}

fn cell(column: &str, text: &str) -> String {
    let (tag, role) = match column {
        "Name" => ("th scope=\"row\"", "rowheader"),
        _ => ("td", "cell"),
    };
    let label = format!("<span class=\"label\" aria-hidden=\"true\">{column}: </span>");
    let empty = if text.is_empty() { " class=\"empty\"" } else { "" };
    let end = &tag[..2];
    format!("<{tag} role=\"{role}\"{empty}>{label}{text}</{end}>")
}

/// Somebody may have written any time into the row, and `humantime` panics outside of these years.
fn time(at: SystemTime) -> String {
    /// The first second of the year 10000.
    const END: Duration = Duration::from_secs(253_402_300_800);
    match at.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) if since < END => time_element(at),
        Ok(_) => "after the year 9999".into(),
        Err(_) => "before the year 1970".into(),
    }
}

fn time_element(at: SystemTime) -> String {
    let time = format_rfc3339_seconds(at).to_string();
    let shown = time.replace('T', " ").replace('Z', "");
    format!("<time datetime=\"{time}\">{shown}</time>")
}

fn duration(recorded: &Recorded, longest: f64) -> String {
    let Some(took) = recorded.duration else {
        return recorded
            .statements_done
            .map_or_else(String::new, |done| format!("{done} statements"));
    };
    let (shown, seconds) = (format!("{took:.1?}"), took.as_secs_f64());
    format!(
        "<meter min=\"0\" max=\"{longest:.6}\" value=\"{seconds:.6}\" aria-label=\"{shown}\"></meter> {shown}"
    )
}

fn who(recorded: &Recorded) -> String {
    format!("{}, {}", escape(&recorded.applied_by), escape(&recorded.application))
}

#[cfg(test)]
mod tests {
    use super::time;
    use std::time::{Duration, SystemTime};

    #[test]
    fn every_time_is_shown() {
        let second = |second: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(second);
        let element = |iso, shown| format!("<time datetime=\"{iso}\">{shown}</time>");
        let cases = [
            (second(0) - Duration::from_nanos(1), "before the year 1970".into()),
            (second(0), element("1970-01-01T00:00:00Z", "1970-01-01 00:00:00")),
            (second(253_402_300_799), element("9999-12-31T23:59:59Z", "9999-12-31 23:59:59")),
            (second(253_402_300_800), "after the year 9999".into()),
        ];
        for (at, expected) in cases {
            assert_eq!(time(at), expected, "{at:?}");
        }
    }
}
