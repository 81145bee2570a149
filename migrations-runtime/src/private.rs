//! What the macro's output may name. Not for use by hand.

pub use crate::batch::Batch;
pub use crate::effect::Effect;
pub use crate::fresh::Folder;
pub use crate::migration::Kind;
use crate::migration::Migration;
use crate::migrations::Migrations;
pub use crate::once::Gate;

/// All that the macro knows of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    pub kind: Kind,
    /// Of a repeatable object it is 0.
    pub version: i64,
    pub name: &'static str,
    pub path: &'static str,
    pub sql: &'static str,
    pub checksum: [u8; 32],
    /// For each statement three numbers of 4 bytes, little endian: where it begins and ends in
    /// `sql`, in bytes, and its line, from 1.
    pub statements: &'static [u8],
    /// What is sent, where that is not the text as a whole. For each part four numbers of 4 bytes,
    /// little endian: where SQL begins and ends in `sql`, in bytes, and for a `COPY … FROM STDIN`,
    /// which stands alone and without its semicolon, where its data begin and end; else two zeros.
    pub parts: &'static [u8],
    pub sets_custom_settings: bool,
    /// Whether the statements run one by one: where the file says `no-transaction` or `batch`.
    pub no_transaction: bool,
    /// For each statement, where they run one by one.
    pub steps: &'static [Step],
    pub batch: Option<Batch>,
    /// In milliseconds.
    pub lock_timeout: Option<u32>,
    /// In milliseconds.
    pub statement_timeout: Option<u32>,
    /// Checksums of older texts of the file that count as applied.
    pub accepted: &'static [[u8; 32]],
    /// What reverts it, of the same version and name.
    pub down: Option<&'static Migration>,
}

impl Source {
    /// For tests, which name what they are about.
    pub const EMPTY: Self = Self {
        kind: Kind::Versioned,
        version: 0,
        name: "",
        path: "",
        sql: "",
        checksum: [0; 32],
        statements: b"",
        parts: b"",
        sets_custom_settings: false,
        no_transaction: false,
        steps: &[],
        batch: None,
        lock_timeout: None,
        statement_timeout: None,
        accepted: &[],
        down: None,
    };
}

/// A statement of a file whose statements run one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The checksum of the file up to this statement, and with it and its data.
    pub checksum: [u8; 32],
    pub effect: Effect,
}

/// `list` is ordered by version, `repeatables` as they are applied. `folder` is there in builds
/// with debug assertions.
#[must_use]
pub const fn migrations(
    list: &'static [Migration],
    repeatables: &'static [Migration],
    digest: &'static str,
    application: &'static str,
    folder: Option<Folder>,
    gate: fn() -> &'static Gate,
) -> Migrations {
    Migrations::new(list, repeatables, digest, application, folder, gate)
}

#[must_use]
pub const fn migration(source: Source) -> Migration {
    Migration::new(source)
}

/// A byte order mark is three bytes long.
#[must_use]
pub const fn without_bom(text: &'static str) -> &'static str {
    text.split_at(3).1
}
