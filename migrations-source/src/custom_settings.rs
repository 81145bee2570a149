/// Whether the text may set a custom setting (one with a dot in its name, such as `app.tenant`).
///
/// PostgreSQL lists all other settings in `pg_settings`, from where they can be restored; of these
/// it tells only who knows the name. A session in which one was set is therefore not used again.
/// The answer errs on the side of yes: a comment or an `UPDATE … SET a.b` costs a new connection.
pub(crate) fn may_be_set(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("set_config") || words(&text, "set").any(names_custom_setting)
}

/// What follows each occurrence of a word.
fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .map(move |(at, _)| (&text[..at], &text[at + word.len()..]))
        .filter(move |(before, after)| !before.ends_with(is_part) && !after.starts_with(is_part))
        .map(|(_, after)| after)
}

fn names_custom_setting(after_set: &str) -> bool {
    let name = after_set.trim_start();
    let name = name.strip_prefix("session ").unwrap_or(name).trim_start();
    let end = name.find(|c: char| c.is_whitespace() || c == '=' || c == ';').unwrap_or(name.len());
    name[..end].contains('.') || name.contains("/*") || name.starts_with("--")
}

#[cfg(test)]
mod tests {
    use super::may_be_set;

    #[test]
    fn tells_texts_that_set_custom_settings() {
        let cases = [
            ("SET app.tenant = 1", true),
            ("set\n  session \"App\".tenant TO 1", true),
            ("SET/**/app.x = 1", true),
            ("SELECT set_config('app.x', '', false)", true),
            ("DO $$ BEGIN PERFORM pg_catalog.SET_CONFIG('a.b', '1', false); END $$", true),
            ("SET search_path = a, b", false),
            ("SET search_path=app.x", false),
            ("UPDATE t SET n = t.n + 1", false),
            ("ALTER TABLE t ALTER c SET NOT NULL; SELECT a.b FROM a", false),
            ("CREATE TABLE offset_of (reset int)", false),
            ("", false),
        ];
        for (text, expected) in cases {
            assert_eq!(may_be_set(text), expected, "{text}");
        }
    }
}
