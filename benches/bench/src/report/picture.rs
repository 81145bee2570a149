//! Bar charts as SVG, without a crate: groups of bars, drawn to the scale of their group.

use std::fmt::Write as _;

use crate::report::figures::number;

#[derive(Clone, Debug)]
pub(crate) struct Picture {
    pub(crate) name: &'static str,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) unit: &'static str,
    pub(crate) groups: Vec<Group>,
}

#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) label: String,
    pub(crate) bars: Vec<(String, f64)>,
}

const WIDTH: usize = 760;
const LEFT: u16 = 150;
/// What is left for bars, with room for a figure behind the longest one.
const LONGEST: f64 = 480.0;
const ROW: usize = 22;
const HEAD: usize = 30;
const TOP: usize = 44;

/// Readable on white and on black; those who want a dark page get colours for it.
const STYLE: &str = "\
    text{font:13px system-ui,sans-serif;fill:#24292f}\
    .title{font-size:16px;font-weight:600}.label{font-weight:600}\
    .bar{fill:#8c959f}.ours{fill:#0969da}.floor{fill:#c8ccd1}\
    @media(prefers-color-scheme:dark){text{fill:#e6edf3}.bar{fill:#6e7681}.ours{fill:#58a6ff}\
    .floor{fill:#3d444d}}";

impl Picture {
    pub(crate) fn svg(&self) -> String {
        let (title, description) = (escaped(&self.title), escaped(&self.description));
        let mut body = format!("<text class=\"title\" x=\"8\" y=\"26\">{title}</text>");
        let mut y = TOP;
        for group in &self.groups {
            y = self.draw(&mut body, group, y);
        }
        let height = y + 8;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             width=\"{WIDTH}\" height=\"{height}\" role=\"img\" aria-labelledby=\"title desc\">\
             <title id=\"title\">{title}</title><desc id=\"desc\">{description}</desc>\
             <style>{STYLE}</style>{body}</svg>\n"
        )
    }

    /// Returns where the next group begins.
    fn draw(&self, body: &mut String, group: &Group, top: usize) -> usize {
        let most = group.bars.iter().map(|(_, value)| *value).fold(f64::MIN_POSITIVE, f64::max);
        let _ = write!(
            body,
            "<text class=\"label\" x=\"8\" y=\"{}\">{}</text>",
            top + 18,
            escaped(&group.label)
        );
        let mut y = top + HEAD;
        for (who, value) in &group.bars {
            let length = (value / most * LONGEST).max(1.0);
            let class = class(who);
            let (text_y, behind) = (y + 14, f64::from(LEFT) + length + 6.0);
            let _ = write!(
                body,
                "<text x=\"{}\" y=\"{text_y}\" text-anchor=\"end\">{}</text>\
                 <rect class=\"{class}\" x=\"{LEFT}\" y=\"{y}\" width=\"{length:.1}\" height=\"{}\" rx=\"2\"/>\
                 <text x=\"{behind:.1}\" y=\"{text_y}\">{} {}</text>",
                LEFT - 8,
                escaped(who),
                ROW - 4,
                number(*value),
                self.unit,
            );
            y += ROW;
        }
        y + 6
    }
}

fn class(who: &str) -> &'static str {
    match who {
        _ if who.starts_with("ours") => "ours",
        "bare" | "include_str!" | "nothing" => "floor",
        _ => "bar",
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::{Group, Picture};

    #[test]
    fn says_what_it_shows_and_draws_to_scale() {
        let bars = vec![("ours".to_string(), 1.0), ("a & b".to_string(), 4.0)];
        let picture = Picture {
            name: "x",
            title: "Round trips".into(),
            description: "Fewer are better".into(),
            unit: "ms",
            groups: vec![Group { label: "10".into(), bars }],
        };
        let svg = picture.svg();
        assert!(svg.contains("<title id=\"title\">Round trips</title>"), "{svg}");
        assert!(svg.contains("a &amp; b") && svg.contains("4.00 ms"), "{svg}");
        assert!(svg.contains("width=\"120.0\"") && svg.contains("width=\"480.0\""), "{svg}");
    }
}
