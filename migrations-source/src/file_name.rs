/// The name of the folder, within a folder of migrations, for what is applied whenever it changes.
pub const REPEATABLE: &str = "repeatable";

/// What a file name in a folder of migrations says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FileName {
    /// `VERSION_name.sql`.
    Versioned(i64, String),
    /// `VERSION_name.down.sql`.
    Down(i64, String),
    /// Not SQL: README and the like.
    Other,
}

/// Why a name that ends in `.sql` is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BadName {
    Misnamed,
    OutOfRange,
}

/// The version of a migration or of a down file, as the file's name has it.
#[must_use]
pub fn version_digits(file_name: &str) -> Option<&str> {
    let is_versioned = !matches!(parse(file_name), Ok(FileName::Other) | Err(_));
    file_name.split_once('_').filter(|_| is_versioned).map(|(digits, _)| digits)
}

/// Whether a migration or a repeatable object can be called so: letters, digits, `_` and `-`.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    !name.is_empty() && name.bytes().all(allowed)
}

/// Reads `VERSION_name.sql`: digits, an underscore, and letters, digits, `_` and `-`.
pub(crate) fn parse(file_name: &str) -> Result<FileName, BadName> {
    let Some(stem) = stem(file_name)? else { return Ok(FileName::Other) };
    match stem.strip_suffix(".down") {
        Some(stem) => parse_stem(stem).map(|(version, name)| FileName::Down(version, name)),
        None => parse_stem(stem).map(|(version, name)| FileName::Versioned(version, name)),
    }
}

/// Reads the name of a file in the folder of repeatable objects; other files there have none.
pub(crate) fn parse_repeatable(file_name: &str) -> Result<Option<&str>, BadName> {
    let stem = stem(file_name)?;
    if stem.is_none_or(is_name) { Ok(stem) } else { Err(BadName::Misnamed) }
}

/// Whether it is listed in a lock without a hash: it may be edited at any time.
pub(crate) fn may_be_edited(file_name: &str) -> bool {
    match file_name.strip_prefix(REPEATABLE).and_then(|name| name.strip_prefix('/')) {
        Some(name) => matches!(parse_repeatable(name), Ok(Some(_))),
        None => matches!(parse(file_name), Ok(FileName::Down(..))),
    }
}

/// Editors and file systems keep files beside a file, under names that begin with a dot.
pub(crate) fn is_hidden(file_name: &str) -> bool {
    file_name.starts_with('.')
}

/// What stands before `.sql`; of files that are no SQL, nothing.
fn stem(file_name: &str) -> Result<Option<&str>, BadName> {
    match file_name.strip_suffix(".sql") {
        _ if is_hidden(file_name) => Ok(None),
        None if file_name.to_ascii_lowercase().ends_with(".sql") => Err(BadName::Misnamed),
        stem => Ok(stem),
    }
}

fn parse_stem(stem: &str) -> Result<(i64, String), BadName> {
    let (digits, name) = stem.split_once('_').ok_or(BadName::Misnamed)?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) || !is_name(name) {
        return Err(BadName::Misnamed);
    }
    let version = digits.parse().map_err(|_| BadName::OutOfRange)?;
    Ok((version, name.into()))
}

#[cfg(test)]
mod tests {
    use super::{BadName, FileName, may_be_edited, parse, parse_repeatable, version_digits};

    #[test]
    fn reads_versions_and_names() {
        let cases = [
            ("0000_baseline.sql", 0, "baseline"),
            ("1_a.sql", 1, "a"),
            ("0007_add-Column_2.sql", 7, "add-Column_2"),
            ("20261122093000_x.sql", 20_261_122_093_000, "x"),
            ("9223372036854775807_max.sql", i64::MAX, "max"),
            ("1__x.sql", 1, "_x"),
        ];
        for (file_name, version, name) in cases {
            assert_eq!(
                parse(file_name),
                Ok(FileName::Versioned(version, name.into())),
                "{file_name}"
            );
        }
    }

    #[test]
    fn refuses_other_sql_files() {
        let misnamed = [
            "_.sql",
            "1_.sql",
            "_a.sql",
            "a.sql",
            "1.sql",
            "1-a.sql",
            "V1__a.sql",
            "1.5_a.sql",
            "-1_a.sql",
            "+1_a.sql",
            "1_a b.sql",
            "1_ä.sql",
            "1_a.SQL",
            "1_a.Sql",
            "1_a.up.sql",
            "x.down.sql",
            "٣_a.sql",
        ];
        for file_name in misnamed {
            assert_eq!(parse(file_name), Err(BadName::Misnamed), "{file_name}");
        }
        for file_name in ["9223372036854775808_a.sql", "99999999999999999999999_a.sql"] {
            assert_eq!(parse(file_name), Err(BadName::OutOfRange), "{file_name}");
        }
    }

    #[test]
    fn leaves_the_rest_alone() {
        for file_name in [
            "README.md",
            "0001_a.sql.swp",
            "sql",
            "0001_a.sql~",
            ".gitkeep",
            ".#0001_a.sql",
            "._0001_a.sql",
            ".sql",
        ] {
            assert_eq!(parse(file_name), Ok(FileName::Other), "{file_name}");
        }
    }

    #[test]
    fn reads_down_files() {
        assert_eq!(parse("0007_a.down.sql"), Ok(FileName::Down(7, "a".into())));
        for file_name in ["a.down.sql", "0007.down.sql", "0007_a.down.down.sql", "0007_a.Down.sql"]
        {
            assert_eq!(parse(file_name), Err(BadName::Misnamed), "{file_name}");
        }
    }

    #[test]
    fn reads_names_of_repeatable_objects() {
        let cases = [
            ("open_bets.sql", Ok(Some("open_bets"))),
            ("0001_A-b.sql", Ok(Some("0001_A-b"))),
            ("README.md", Ok(None)),
            (".#a.sql", Ok(None)),
            (".sql", Ok(None)),
            ("a.down.sql", Err(BadName::Misnamed)),
            ("a.SQL", Err(BadName::Misnamed)),
            ("a b.sql", Err(BadName::Misnamed)),
            ("é.sql", Err(BadName::Misnamed)),
        ];
        for (file_name, expected) in cases {
            assert_eq!(parse_repeatable(file_name), expected, "{file_name}");
        }
    }

    #[test]
    fn knows_what_may_be_edited() {
        let cases = [
            ("0007_a.down.sql", true),
            ("repeatable/a.sql", true),
            ("0007_a.sql", false),
            ("a.sql", false),
            ("repeatable/a.down.sql", false),
            ("repeatable/b/a.sql", false),
            ("repeatable/README.md", false),
            ("repeatable", false),
            ("", false),
        ];
        for (file_name, expected) in cases {
            assert_eq!(may_be_edited(file_name), expected, "{file_name}");
        }
    }

    #[test]
    fn tells_the_digits_of_migrations_and_down_files() {
        let cases = [
            ("0007_a.sql", Some("0007")),
            ("0007_a.down.sql", Some("0007")),
            ("a.sql", None),
            ("0007_a.md", None),
            ("9223372036854775808_a.sql", None),
        ];
        for (file_name, digits) in cases {
            assert_eq!(version_digits(file_name), digits, "{file_name}");
        }
    }
}
