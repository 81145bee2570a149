//! Figures as people read them.

use crate::statistics::Summary;

/// Three digits that count.
pub(crate) fn number(value: f64) -> String {
    let text = match value.abs() {
        v if v < 10.0 => format!("{value:.2}"),
        v if v < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    };
    grouped(&text)
}

pub(crate) fn whole(value: f64) -> String {
    grouped(&format!("{value:.0}"))
}

fn grouped(text: &str) -> String {
    let (whole, rest) = text.split_once('.').map_or((text, None), |(a, b)| (a, Some(b)));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) && digit.is_ascii_digit() {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    rest.map_or(grouped.clone(), |rest| format!("{grouped}.{rest}"))
}

/// The median, and the quartiles where they differ from it as it is written.
pub(crate) fn spread(summary: Summary, factor: f64) -> String {
    let [median, low, high] =
        [summary.median, summary.low, summary.high].map(|it| number(it * factor));
    if low == high { median } else { format!("{median} ({low}–{high})") }
}

/// The same, or a dash for nothing.
pub(crate) fn spread_or_dash(summary: Option<Summary>, factor: f64) -> String {
    summary.map_or_else(|| "–".into(), |summary| spread(summary, factor))
}

pub(crate) fn list(values: &[String]) -> String {
    match values {
        [] => "unknown".into(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A Markdown table: its head, and a row for each.
pub(crate) fn table(head: &[String], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let rule: Vec<_> =
        (0..head.len()).map(|index| if index == 0 { "---".into() } else { "--:".into() }).collect();
    let rows: String = rows.iter().map(|row| line(row)).collect();
    line(head) + &line(&rule) + &rows
}

#[cfg(test)]
mod tests {
    use super::{number, whole};

    #[test]
    fn three_digits_count() {
        assert_eq!([0.123, 1.0, 12.34, 1234.5].map(number), ["0.12", "1.00", "12.3", "1,234"]);
        assert_eq!([7.0, 1_234_567.0].map(whole), ["7", "1,234,567"]);
    }
}
