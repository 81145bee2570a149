/// The name that is most like a misspelt one, if any is like it.
pub(crate) fn nearest<'a>(
    misspelt: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    near(misspelt, names).into_iter().next()
}

/// The names that are like a misspelt one, the most like first.
pub(crate) fn near<'a>(misspelt: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let is_near =
        |(distance, name): &(usize, &str)| *distance <= misspelt.len().min(name.len()) / 3;
    let distances = names.into_iter().map(|name| (strsim::osa_distance(misspelt, name), name));
    let mut near: Vec<_> = distances.filter(is_near).collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_what_was_meant() {
        let names = ["allow", "accept", "no-transaction"];
        let cases = [
            ("alow", Some("allow")),
            ("acecpt", Some("accept")),
            ("no_transaction", Some("no-transaction")),
            ("notransactions", Some("no-transaction")),
            ("transaction", Some("no-transaction")),
            ("all", None),
            ("x", None),
            ("", None),
        ];
        for (misspelt, expected) in cases {
            assert_eq!(nearest(misspelt, names), expected, "{misspelt:?}");
        }
        assert_eq!(nearest("a", []), None);
    }
}
