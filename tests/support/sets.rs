use migrations_runtime::{Migrations, embed_migrations};

macro_rules! sets {
    ($($name:literal)*) => {
        /// The embedded fixtures: sets that are right, and sets that fail in one way each.
        pub static SETS: &[(&str, Migrations)] =
            &[$(($name, embed_migrations!($name))),*];
    };
}

// The folders are named in full because the macro takes one literal.
sets! {
    "fixtures/base"
    "fixtures/batches"
    "fixtures/batches-keyset"
    "fixtures/batches-mended"
    "fixtures/batches-paused"
    "fixtures/batches-simple"
    "fixtures/catalog"
    "fixtures/concurrent-index"
    "fixtures/copy"
    "fixtures/crlf"
    "fixtures/directives"
    "fixtures/dump"
    "fixtures/edited"
    "fixtures/fails-always"
    "fixtures/fails-context"
    "fixtures/fails-deferred"
    "fixtures/fails-detail"
    "fixtures/fails-position"
    "fixtures/fails-session"
    "fixtures/first"
    "fixtures/gate"
    "fixtures/gate-at-the-end"
    "fixtures/harmless"
    "fixtures/hostile"
    "fixtures/it's öde here"
    "fixtures/late"
    "fixtures/leaves-things"
    "fixtures/locked-table"
    "fixtures/model-inside"
    "fixtures/model-joint"
    "fixtures/model-opaque"
    "fixtures/newer"
    "fixtures/no-transaction"
    "fixtures/origin"
    "fixtures/outside-catalog"
    "fixtures/outside-fails"
    "fixtures/outside-impatient"
    "fixtures/outside-impatient-begun"
    "fixtures/outside-mended"
    "fixtures/outside-settings"
    "fixtures/procedure"
    "fixtures/removed"
    "fixtures/renamed"
    "fixtures/repeatable"
    "fixtures/revertible"
    "fixtures/session"
    "fixtures/ten-statements"
    "fixtures/ten-statements-begun"
}

/// The set of a fixture: `base` is the folder `fixtures/base`.
#[must_use]
pub fn by_name(name: &str) -> &'static Migrations {
    let is_named =
        |(folder, _): &&(&str, Migrations)| folder.strip_prefix("fixtures/") == Some(name);
    &SETS.iter().find(is_named).unwrap_or_else(|| panic!("no fixture {name}")).1
}
