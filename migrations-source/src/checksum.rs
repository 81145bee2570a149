use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::migration::{Migration, without_bom};

/// A SHA-256.
pub type Digest = [u8; 32];

/// The checksum of a migration's text: SHA-256 over its UTF-8 without a leading byte order mark and
/// with each CR LF counted as LF, so that a Windows checkout breaks no deploy.
#[must_use]
pub fn checksum(text: &str) -> Digest {
    let mut hasher = Sha256::new();
    for (index, part) in without_bom(text).split("\r\n").enumerate() {
        if index > 0 {
            hasher.update(b"\n");
        }
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// The digest of an ordered list, as lower-case hexadecimal digits: SHA-256 over one line
/// `VERSION NAME sha256:CHECKSUM` for each migration, joined by LF.
///
/// The server computes the same over the rows of the history table, so that one short answer tells
/// whether both are equal.
#[must_use]
pub fn set_digest(migrations: &[Migration]) -> String {
    let lines: Vec<_> = migrations.iter().map(line).collect();
    hex(&Sha256::digest(lines.join("\n")))
}

fn line(migration: &Migration) -> String {
    let Migration { version, name, checksum, .. } = migration;
    format!("{version} {name} sha256:{}", hex(checksum))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::{checksum, hex, set_digest};
    use crate::migration::Migration;

    /// The definition of the checksum, frozen: a change here breaks every deployed history.
    #[test]
    fn vectors() {
        let select_1 = "e004ebd5b5532a4b85984a62f8ad48a81aa3460c1ca07701f386135d72cdecf5";
        let cases = [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            ("\u{feff}abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            ("SELECT 1", select_1),
        ];
        for (text, expected) in cases {
            assert_eq!(hex(&checksum(text)), expected, "{text:?}");
        }
    }

    #[test]
    fn line_ends_and_bom_do_not_count() {
        let expected = checksum("SELECT 'a',\n\n  'ü';\n");
        for text in [
            "\u{feff}SELECT 'a',\n\n  'ü';\n",
            "SELECT 'a',\r\n\r\n  'ü';\r\n",
            "\u{feff}SELECT 'a',\r\n\n  'ü';\r\n",
        ] {
            assert_eq!(checksum(text), expected, "{text:?}");
        }
    }

    #[test]
    fn everything_else_counts() {
        let text = "SELECT 'a';\n";
        for other in
            ["SELECT 'A';\n", "SELECT 'a'; \n", "SELECT 'a';\r", "SELECT 'a';\n\n", "SELECT 'a';"]
        {
            assert_ne!(checksum(text), checksum(other), "{other:?}");
        }
    }

    #[test]
    fn the_digest_of_a_list_covers_version_name_and_checksum() {
        let list = [migration(1, "a", "abc"), migration(2, "b", "")];
        assert_eq!(
            set_digest(&list),
            "07306afa9fa88ac2bde38f9d6d724fa8e7e3ba79381c66ed214c77c8d1882e99",
        );
        for other in [migration(3, "b", ""), migration(2, "c", ""), migration(2, "b", "x")] {
            assert_ne!(set_digest(&list), set_digest(&[list[0].clone(), other]));
        }
    }

    fn migration(version: i64, name: &str, text: &str) -> Migration {
        Migration {
            version,
            name: name.into(),
            path: name.into(),
            shown: name.into(),
            has_bom: false,
            sets_custom_settings: false,
            checksum: checksum(text),
        }
    }
}
