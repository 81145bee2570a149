//! What the macro's output may name. Not for use by hand.

pub use crate::batch::Batch;
pub use crate::effect::Effect;
pub use crate::fresh::Folder;
pub use crate::migration::Kind;
use crate::migration::Migration;
use crate::migrations::Migrations;
pub use crate::once::Gate;
pub use crate::one_by_one::{OneByOne, Step};
pub use crate::parts::Parts;

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
    /// What is sent, where that is not the text as a whole.
    pub parts: Option<Parts>,
    pub sets_custom_settings: bool,
    pub one_by_one: Option<OneByOne>,
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
        parts: None,
        sets_custom_settings: false,
        one_by_one: None,
        lock_timeout: None,
        statement_timeout: None,
        accepted: &[],
        down: None,
    };
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
