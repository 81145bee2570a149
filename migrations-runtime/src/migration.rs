use std::fmt;
use std::time::Duration;

use crate::__private::Source;
use crate::batch::Batch;
use crate::one_by_one::{OneByOne, Step};
use crate::parts::Parts;
use crate::statement::{Statement, statements};

/// One embedded file: a migration, what reverts it, or a repeatable object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Migration(Source);

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// `VERSION_name.sql`: applied once, in order.
    Versioned,
    /// `VERSION_name.down.sql`: reverts the migration of the same name.
    Down,
    /// `repeatable/name.sql`: applied after the migrations, whenever its checksum has changed.
    Repeatable,
}

impl Kind {
    /// What a run does with such a file, once it is done.
    pub(crate) const fn what_was_done(self) -> &'static str {
        match self {
            Self::Versioned | Self::Repeatable => "applied",
            Self::Down => "reverted",
        }
    }
}

impl Migration {
    pub(crate) const fn new(source: Source) -> Self {
        Self(source)
    }

    /// Whether its session cannot be restored: a setting with a dot in its name, which no view of
    /// the server lists, may have been set.
    pub(crate) const fn sets_custom_settings(&self) -> bool {
        self.0.sets_custom_settings
    }

    /// The `lock_timeout` that its file asks for.
    pub(crate) fn lock_timeout(&self) -> Option<Duration> {
        self.0.lock_timeout.map(|milliseconds| Duration::from_millis(milliseconds.into()))
    }

    /// The `statement_timeout` that its file asks for.
    pub(crate) fn statement_timeout(&self) -> Option<Duration> {
        self.0.statement_timeout.map(|milliseconds| Duration::from_millis(milliseconds.into()))
    }

    /// In which parts it is sent, where that is not as a whole.
    pub(crate) const fn parts(&self) -> Option<Parts> {
        self.0.parts
    }

    /// Its statements, where they run one by one.
    pub(crate) fn steps(&self) -> &'static [Step] {
        self.one_by_one().map_or(&[], |it| it.steps)
    }

    /// How its only statement is repeated, where it is.
    pub(crate) fn batch(&self) -> Option<Batch> {
        self.one_by_one()?.batch
    }

    /// How it runs, where it does not run in one transaction.
    pub(crate) const fn one_by_one(&self) -> Option<OneByOne> {
        self.0.one_by_one
    }

    pub(crate) fn is_repeatable(&self) -> bool {
        self.kind() == Kind::Repeatable
    }

    /// Whether its file names this checksum as that of an older text which counts as applied.
    pub(crate) fn accepts(&self, older: Checksum) -> bool {
        self.0.accepted.contains(older.as_bytes())
    }

    /// What its file is for.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.0.kind
    }

    /// What reverts it: `VERSION_name.down.sql`, where the folder has it.
    #[must_use]
    pub const fn down(&self) -> Option<&'static Self> {
        self.0.down
    }

    /// The number that its file name begins with: a sequence or a timestamp. Of a repeatable object,
    /// which has none, it is 0.
    #[must_use]
    pub const fn version(&self) -> i64 {
        self.0.version
    }

    /// What follows the number in its file name: `create_bets` in `0001_create_bets.sql`. Of a
    /// repeatable object it is all before `.sql`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.0.name
    }

    /// Its file as it was named at build time, from the root of the workspace:
    /// `migrations/0001_create_bets.sql`.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.0.path
    }

    /// Its file in the folder: `0001_create_bets.sql`, or `repeatable/open_bets.sql`.
    #[must_use]
    pub fn file_name(&self) -> &'static str {
        let names = if self.kind() == Kind::Repeatable { 2 } else { 1 };
        let slashes = self.0.path.rmatch_indices(['/', '\\']);
        let begin = slashes.map(|(at, slash)| at + slash.len()).nth(names - 1);
        begin.map_or(self.0.path, |begin| &self.0.path[begin..])
    }

    /// The text of its file, without a byte order mark.
    #[must_use]
    pub const fn sql(&self) -> &'static str {
        self.0.sql
    }

    /// The statements of its file, in order, as they were told apart at build time.
    #[must_use]
    pub fn statements(&self) -> impl DoubleEndedIterator<Item = Statement> + use<> {
        statements(self.0.sql, self.0.statements)
    }

    /// Whether it runs in one transaction, as every migration does whose file does not begin with the
    /// directive `-- migrations: no-transaction` or `-- migrations: batch`.
    #[must_use]
    pub const fn is_transactional(&self) -> bool {
        self.0.one_by_one.is_none()
    }

    /// The checksum of its tokens, taken at build time.
    #[must_use]
    pub const fn checksum(&self) -> Checksum {
        Checksum::new(self.0.checksum)
    }
}

impl fmt::Debug for Migration {
    /// Without its text, which can be long.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Migration")
            .field("version", &self.version())
            .field("name", &self.name())
            .field("path", &self.path())
            .field("checksum", &self.checksum())
            .finish_non_exhaustive()
    }
}

/// The SHA-256 of a migration's tokens, each followed by a NUL.
///
/// Comments and white space between tokens do not count, nor does the case of keywords and of
/// identifiers without quotes, nor a semicolon more or less at the end of a statement, so that a
/// formatter breaks no deploy. What is quoted counts to the letter; but CR LF counts as LF there,
/// too, so that a Windows checkout breaks none. Neither does a byte order mark count, nor `\restrict`.
///
/// It displays as the history table keeps it: `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Checksum([u8; 32]);

impl Checksum {
    pub(crate) const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes of the SHA-256.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads what `Display` writes.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("sha256:").filter(|digits| digits.len() == 64)?;
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Some(Self(bytes))
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl AsRef<[u8]> for Checksum {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Checksum;

    #[test]
    fn a_checksum_reads_what_it_displays() {
        let checksum = Checksum::new(std::array::from_fn(|i| u8::try_from(i * 8).unwrap()));
        assert_eq!(Checksum::parse(&checksum.to_string()), Some(checksum));
    }

    #[test]
    fn other_texts_are_no_checksums() {
        let digits = "0".repeat(64);
        let cases = [
            String::new(),
            digits.clone(),
            format!("md5:{digits}"),
            format!("sha256:{digits}0"),
            format!("sha256:{}", &digits[1..]),
            format!("sha256:{}A", &digits[1..]),
            format!("sha256:{}ü", &digits[2..]),
        ];
        for text in cases {
            assert_eq!(Checksum::parse(&text), None, "{text}");
        }
    }
}
