//! For eyes and for screen readers, on a narrow screen and in the dark; without refreshing.

use serde_json::json;

use super::still;
use crate::app::{self, App};
use crate::browser::Browser;
use crate::database;

/// With a problem, of which the text has long lines.
fn refusing(name: &str) -> App {
    let url = database::create(name);
    let app = App::start(app::with_database(&url));
    let edited = "UPDATE embedded_migrations SET checksum = 'sha256:' || repeat('0', 64)";
    database::execute(&url, &format!("{edited} WHERE version = 1"));
    app
}

fn narrow(app: &App, with_scripts: bool) -> Browser {
    let browser = Browser::start(with_scripts);
    browser.resize(320, 640);
    browser.open(&still(app));
    browser
}

#[test]
fn a_narrow_page_is_not_scrolled_sideways() {
    let app = refusing("page_narrow");
    let browser = narrow(&app, false);
    assert_eq!(browser.title(), "Refused: 1 problems · migrations");
    assert_eq!(browser.texts("pre").len(), 1);
    assert_eq!(browser.content_width(), 320);
    drop(browser);
    app.stop();
}

#[test]
fn a_long_line_of_a_narrow_page_is_scrolled_by_itself() {
    let app = refusing("page_narrow_line");
    let browser = narrow(&app, true);
    let hidden = "document.querySelector('pre').scrollWidth > \
                  document.querySelector('pre').clientWidth";
    assert_eq!(browser.evaluate(hidden), true);
    let scrolled = "(document.querySelector('pre').scrollLeft = 40, \
                    document.querySelector('pre').scrollLeft)";
    assert_eq!(browser.evaluate(scrolled), 40);
    assert_eq!(browser.evaluate("document.querySelector('pre').tabIndex"), 0);
    assert_eq!(browser.label("pre"), "record_odds_and_settlement");
    drop(browser);
    app.stop();
}

#[test]
fn a_narrow_page_is_still_a_table_whose_cells_say_what_they_are() {
    let app = refusing("page_narrow_table");
    let browser = narrow(&app, true);
    let roles = [
        ("table", "table"),
        ("thead", "rowgroup"),
        ("tbody", "rowgroup"),
        ("tbody tr", "row"),
        ("thead th", "columnheader"),
        ("tbody th", "rowheader"),
        ("tbody td", "cell"),
    ];
    for (css, role) in roles {
        assert_eq!(browser.role(css), role, "{css}");
    }
    // Chromium knows the roles of blocks by their names, other browsers do not.
    let unsaid = "document.querySelectorAll(':is(table, thead, tbody, tr, th, td):not([role])')";
    assert_eq!(browser.evaluate(&format!("{unsaid}.length")), 0);
    assert_eq!(browser.texts("tbody tr:first-child th"), ["Name: baseline"]);
    let cells = browser.texts("tbody tr:first-child td");
    assert_eq!(cells[..2], ["Version: 0", "State: applied"]);
    for (cell, label) in cells[2..].iter().zip(["Applied at (UTC): 2", "Took: ", "By: postgres, "])
    {
        assert!(cell.starts_with(label), "{cell}");
    }
    browser.resize(1200, 800);
    browser.open(&still(&app));
    assert_eq!(browser.texts("tbody tr:first-child th"), ["baseline"]);
    drop(browser);
    app.stop();
}

/// The least contrast of a text with what is behind it, as "Contrast (Minimum)" of WCAG 2.2 reckons it,
/// and how bright that is. The rows are given each state that has a colour.
const CONTRAST: &str = "(() => {
    const states = ['failed', 'running', 'edited', 'applied'];
    document.querySelectorAll('tbody tr').forEach((row, at) => { row.className = states[at]; });
    const luminance = (color) => {
        const [r, g, b] = color.match(/[\\d.]+/g).slice(0, 3).map((it) => it / 255)
            .map((it) => it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    document.body.style.backgroundColor = 'Canvas';
    const behind = luminance(getComputedStyle(document.body).backgroundColor);
    const texts = [...document.querySelectorAll('h1, h2, a, strong, pre, caption, th, td')];
    const contrasts = texts.map((it) => luminance(getComputedStyle(it).color))
        .map((it) => (Math.max(it, behind) + 0.05) / (Math.min(it, behind) + 0.05));
    return { texts: texts.length, behind, least: Math.min(...contrasts) };
})()";

#[test]
fn it_can_be_read_in_the_light_and_in_the_dark() {
    let app = refusing("page_dark");
    let browser = Browser::start(true);
    for (scheme, is_dark) in [("light", false), ("dark", true)] {
        browser.prefer(scheme);
        browser.open(&still(&app));
        let found = browser.evaluate(CONTRAST);
        assert_eq!(found["behind"].as_f64().unwrap() < 0.1, is_dark, "{scheme}: {found}");
        assert!(found["least"].as_f64().unwrap() >= 4.5, "{scheme}: {found}");
        assert!(found["texts"].as_u64().unwrap() > 24, "{scheme}: {found}");
    }
    assert_eq!(browser.complaints(), json!([]));
    drop(browser);
    app.stop();
}
