//! What the macro's output may name. Not for use by hand.

use crate::migration::{Checksum, Migration};
use crate::migrations::Migrations;
pub use crate::once::Gate;

#[must_use]
pub const fn migrations(
    list: &'static [Migration],
    digest: &'static str,
    application: &'static str,
    gate: fn() -> &'static Gate,
) -> Migrations {
    Migrations::new(list, digest, application, gate)
}

#[must_use]
pub const fn migration(
    version: i64,
    name: &'static str,
    path: &'static str,
    sql: &'static str,
    checksum: [u8; 32],
    sets_custom_settings: bool,
) -> Migration {
    let migration = Migration::new(version, name, path, sql, Checksum::new(checksum));
    if sets_custom_settings { migration.with_custom_settings() } else { migration }
}

/// A byte order mark is three bytes long.
#[must_use]
pub const fn without_bom(text: &'static str) -> &'static str {
    text.split_at(3).1
}
