use sha2::{Digest as _, Sha256};

use crate::lexer::{Kind, Token, string_parts};
use crate::migration::Migration;

/// A SHA-256.
pub type Digest = [u8; 32];

/// The checksum of a migration: SHA-256 over its tokens, each followed by a NUL.
///
/// Comments and white space between tokens do not count, nor does the case of keywords and of
/// identifiers without quotes, which PostgreSQL does not regard either, nor whether the last
/// statement has a semicolon, or another has two: a formatter breaks no deploy. What is quoted
/// counts to the letter; but CR LF counts as LF there, too, so that a Windows checkout breaks none.
/// The parts of a string that is continued on other lines are joined by LF. The random words behind
/// `\restrict` do not count, either, nor does that command.
pub(crate) fn checksum(tokens: &[Token<'_>]) -> Digest {
    let mut checksum = Checksum::default();
    checksum.add(tokens);
    checksum.value()
}

/// The [`checksum`] of the tokens so far.
#[derive(Default)]
pub(crate) struct Checksum {
    hasher: Sha256,
    /// What is not hashed yet.
    canonical: Vec<u8>,
    /// Whether the last statement has no semicolon yet.
    is_open: bool,
}

impl Checksum {
    pub(crate) fn add(&mut self, tokens: &[Token<'_>]) {
        for token in tokens {
            let ends = token.is_semicolon();
            if counts(token) && (self.is_open || !ends) {
                write_token(&mut self.canonical, token);
                self.canonical.push(b'\0');
                self.is_open = !ends;
            }
        }
    }

    pub(crate) fn value(&mut self) -> Digest {
        self.hasher.update(&self.canonical);
        self.canonical.clear();
        let end: &[u8] = if self.is_open { b";\0" } else { b"" };
        self.hasher.clone().chain_update(end).finalize().into()
    }
}

/// The only commands of psql that a file may hold are left out of what is sent.
fn counts(token: &Token<'_>) -> bool {
    !token.is_blank() && !matches!(token.kind, Kind::MetaCommand)
}

fn write_token(canonical: &mut Vec<u8>, token: &Token<'_>) {
    match token.kind {
        Kind::Word => write_word(canonical, token.text),
        // These stand on one line: they have no parts to join, and no CR LF.
        Kind::Number | Kind::Parameter | Kind::Operator | Kind::Punctuation => {
            canonical.extend_from_slice(token.text.as_bytes());
        }
        // So do most of the others.
        _ if !token.text.contains('\n') => canonical.extend_from_slice(token.text.as_bytes()),
        Kind::String => {
            for (index, part) in string_parts(token.text).enumerate() {
                if index > 0 {
                    canonical.push(b'\n');
                }
                write_lines(canonical, part);
            }
        }
        _ => write_lines(canonical, token.text),
    }
}

/// In lower case, by a loop of our own: it costs a fraction of `make_ascii_lowercase` where the compiler does
/// not optimize, as it does not in a macro.
fn write_word(canonical: &mut Vec<u8>, word: &str) {
    let start = canonical.len();
    canonical.extend_from_slice(word.as_bytes());
    let word = &mut canonical[start..];
    let mut at = 0;
    while at < word.len() {
        if word[at].is_ascii_uppercase() {
            word[at] |= 0x20;
        }
        at += 1;
    }
}

fn write_lines(canonical: &mut Vec<u8>, text: &str) {
    canonical.extend_from_slice(text.replace("\r\n", "\n").as_bytes());
}

/// The digest of a set, as lower-case hexadecimal digits: SHA-256 over one line for each file, joined
/// by LF. First come the repeatable objects by name, in whatever order they are applied, as
/// `NAME sha256:CHECKSUM`; then the migrations by version, as `VERSION NAME sha256:CHECKSUM`. What
/// reverts a migration does not count: it may be mended at any time.
///
/// The server computes the same over the rows of the history table, so that one short answer tells
/// whether both are equal.
#[must_use]
pub fn set_digest(migrations: &[Migration], repeatables: &[Migration]) -> String {
    let mut lines: Vec<_> = by_name(repeatables).into_iter().map(line_of_repeatable).collect();
    lines.extend(migrations.iter().map(line));
    hex(&Sha256::digest(lines.join("\n")))
}

fn by_name(repeatables: &[Migration]) -> Vec<&Migration> {
    let mut repeatables: Vec<_> = repeatables.iter().collect();
    repeatables.sort_by_key(|repeatable| repeatable.name.as_bytes());
    repeatables
}

fn line_of_repeatable(Migration { name, checksum, .. }: &Migration) -> String {
    format!("{name} {}", display_digest(checksum))
}

fn line(migration: &Migration) -> String {
    let Migration { version, name, checksum, .. } = migration;
    format!("{version} {name} {}", display_digest(checksum))
}

/// Reads `sha256:` and 64 hexadecimal digits in lower case.
pub(crate) fn parse_digest(text: &str) -> Option<Digest> {
    let digits = text.strip_prefix("sha256:").filter(|digits| digits.len() == 64)?;
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let mut digest = [0; 32];
    for (byte, pair) in digest.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        let pair = str::from_utf8(pair).ok().filter(|pair| pair.bytes().all(is_digit))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(digest)
}

/// As people and the history table have it: `sha256:` and 64 hexadecimal digits.
#[must_use]
pub fn display_digest(digest: &Digest) -> String {
    format!("sha256:{}", hex(digest))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        hex.push(DIGITS[usize::from(byte >> 4)]);
        hex.push(DIGITS[usize::from(byte & 15)]);
    }
    hex
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::{Digest, hex, set_digest};
    use crate::lexer::tokens;
    use crate::migration::Migration;

    fn checksum(text: &str) -> Digest {
        super::checksum(&tokens(text).collect::<Vec<_>>())
    }

    /// The definition of the checksum, frozen: a change here breaks every deployed history.
    #[test]
    fn vectors() {
        let cases = [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("SELECT 1", "21f6040596e4730b81fa8c173244154b0517deec8e96dd3cf16071a3f6bb8027"),
            (
                "CREATE TABLE Größe (\r\n  a text DEFAULT E'\\n' -- why\r\n);\n",
                "61ad6c9aefe770bf4d08a62cff00b64150856fc68434c6a571d7c893a12422d2",
            ),
            (
                "SELECT 'a'\n  'b', U&'c', \"D\", $x$\r\ne\r\n$x$, 1_000.5e+3, $1 @- -2, f::int;",
                "f6d8776d59542b92c6afbaf15b303955a4583112fb2161abc88b3c2806cd1efa",
            ),
            (
                "COPY t FROM STDIN;\n1\t a\r\n2\tB\r\n\\.\r\n",
                "735d31e430537cf5221c5053d397ef5662d40701426428a5dd9fd345506f1fc5",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(hex(&checksum(text)), expected, "{text:?}");
        }
    }

    #[test]
    fn what_does_not_count() {
        let expected = checksum("SELECT 'a', $$\n$$, t.\"B\"\nFROM t;");
        for text in [
            "select 'a',$$\n$$,T.\"B\"From t;",
            "-- why\nSELECT/* a /* b */ */'a' , $$\n$$ , t . \"B\" FROM t ; -- end",
            "-- migrations: allow=syntax\r\nSELECT 'a', $$\r\n$$, t.\"B\"\r\nFROM t;\r\n",
            "SELECT\u{b}'a',\r$$\n$$,\tt.\"B\"\u{c}FROM t;",
        ] {
            assert_eq!(checksum(text), expected, "{text:?}");
        }
        for text in ["a; b;", ";; a;/**/; b", "a;b; ;"] {
            assert_eq!(checksum(text), checksum("a; b"), "{text:?}");
        }
        assert_eq!(checksum(" ; ;"), checksum(""));
        assert_eq!(checksum("'a'\n'b'"), checksum("'a' -- c\r\n\n\t'b'"));
    }

    #[test]
    fn what_counts() {
        let texts = [
            "SELECT 'a', $$ $$, E'a', \"B\", t.c + 1",
            "SELECT 'A', $$ $$, E'a', \"B\", t.c + 1",
            "SELECT 'a', $$$$, E'a', \"B\", t.c + 1",
            "SELECT 'a', $a$ $a$, E'a', \"B\", t.c + 1",
            "SELECT 'a', $$ $$, e'a', \"B\", t.c + 1",
            "SELECT 'a', $$ $$, E'a', \"b\", t.c + 1",
            "SELECT 'a', $$ $$, E'a', \"B\", tc + 1",
            "SELECT 'a', $$ $$, E'a', \"B\", t.c + 1.0",
            "SELECT 'a', $$ $$, E'a', \"B\", t.c - 1",
            "SELECT 'a', $$\r$$, E'a', \"B\", t.c + 1",
            "SELECT 'a', $$\n$$, E'a', \"B\", t.c + 1",
            "SELECT 'a', $$\n\n$$, E'a', \"B\", t.c + 1",
            "SELECT 'a'\n'b'",
            "SELECT 'a''b'",
            "SELECT 'ab'",
            "SELECT 'a' 'b'",
            "ab",
            "a b",
            "",
        ];
        for (index, text) in texts.iter().enumerate() {
            for other in &texts[..index] {
                assert_ne!(checksum(text), checksum(other), "{text:?} {other:?}");
            }
        }
    }

    #[test]
    fn the_digest_of_a_list_covers_version_name_and_checksum() {
        let list = [migration(1, "a", "abc"), migration(2, "b", "")];
        assert_eq!(
            set_digest(&list, &[]),
            "652a847a22bdc80abbe751c1bba71ae8205e079e19fb75e4e1bff0eee4f53081",
        );
        for other in [migration(3, "b", ""), migration(2, "c", ""), migration(2, "b", "x")] {
            assert_ne!(set_digest(&list, &[]), set_digest(&[list[0].clone(), other], &[]));
        }
    }

    #[test]
    fn the_digest_of_a_list_begins_with_repeatable_objects_by_name() {
        let objects = [migration(0, "b", "x"), migration(0, "B", ""), migration(0, "a", "abc")];
        let down = Some(Box::new(migration(1, "a", "y")));
        let list = [Migration { down, ..migration(1, "a", "abc") }];
        let lines = [&objects[1], &objects[2], &objects[0]].map(super::line_of_repeatable);
        assert!(lines[2].starts_with("b sha256:"), "{lines:?}");
        let text = format!("{}\n{}", lines.join("\n"), super::line(&list[0]));
        assert!(text.contains("\n1 a sha256:"), "{text}");
        assert_eq!(set_digest(&list, &objects), hex(&Sha256::digest(text)));
    }

    fn migration(version: i64, name: &str, text: &str) -> Migration {
        Migration { version, name: name.into(), checksum: checksum(text), ..Migration::default() }
    }
}
