//! A page as a whole, which asks for itself again, without a script.

use super::html::escape;

/// Whether the page asks for itself again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Refresh {
    On,
    Off,
}

impl Refresh {
    /// By the query of the page's address.
    pub(crate) fn of_query(query: Option<&str>) -> Self {
        let is_off = query.is_some_and(|query| query.split('&').any(|it| it == "refresh=off"));
        if is_off { Self::Off } else { Self::On }
    }
}

/// While somebody migrates, there is more to see.
pub(super) fn document(title: &str, is_busy: bool, refresh: Refresh, body: &str) -> String {
    let (title, pause) = (escape(title), if is_busy { 1 } else { 5 });
    let (meta, link) = match refresh {
        Refresh::On => (
            format!("<meta http-equiv=\"refresh\" content=\"{pause}\">\n"),
            "<a href=\"/migrations?refresh=off\">Stop refreshing this page</a>",
        ),
        Refresh::Off => (String::new(), "<a href=\"/migrations\">Refresh this page by itself</a>"),
    };
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <title>{title} · migrations</title>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n{meta}\
         <link rel=\"stylesheet\" href=\"/migrations.css\">\n<link rel=\"icon\" href=\"data:,\">\n\
         </head>\n<body>\n<main>\n<h1>Migrations</h1>\n<nav aria-label=\"refreshing\">{link}</nav>\n\
         <p role=\"status\"><strong>{title}</strong></p>\n{body}</main>\n</body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::{Refresh, document};

    #[test]
    fn an_address_stops_the_refreshing() {
        let cases = [
            (None, Refresh::On),
            (Some(""), Refresh::On),
            (Some("refresh=on"), Refresh::On),
            (Some("norefresh=off"), Refresh::On),
            (Some("refresh=off"), Refresh::Off),
            (Some("a=b&refresh=off"), Refresh::Off),
        ];
        for (query, expected) in cases {
            assert_eq!(Refresh::of_query(query), expected, "{query:?}");
        }
    }

    #[test]
    fn a_page_that_does_not_refresh_leads_to_one_that_does() {
        let on = document("t", true, Refresh::On, "");
        assert!(
            on.contains("http-equiv") && on.contains("href=\"/migrations?refresh=off\""),
            "{on}"
        );
        let off = document("t", true, Refresh::Off, "");
        assert!(!off.contains("http-equiv") && off.contains("href=\"/migrations\""), "{off}");
    }
}
