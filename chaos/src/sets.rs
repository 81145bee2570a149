use std::fmt;

use clap::ValueEnum;
use migrations_runtime::{Migrations, embed_migrations};

static TRANSACTIONAL: Migrations = embed_migrations!("migrations/transactional");
static NO_TRANSACTION: Migrations = embed_migrations!("migrations/no-transaction");

/// Which migrations a round runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Kind {
    /// Each in one transaction.
    Transactional,
    /// Statements one by one, and batches.
    NoTransaction,
}

/// What a probe counts the effects of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    /// A whole file.
    File,
    /// A statement of a file whose statements run one by one, from 1.
    Statement(i32),
    /// The rows of a file that runs in batches.
    Rows,
}

/// A query that counts how often something has taken effect.
#[derive(Debug)]
pub(crate) struct Probe {
    pub(crate) version: i64,
    pub(crate) of: Of,
    /// What it returns where that has taken effect once; where it has not, 0.
    pub(crate) once: i64,
    pub(crate) sql: &'static str,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Transactional, Self::NoTransaction];

    /// The migrations.
    #[must_use]
    pub fn migrations(self) -> &'static Migrations {
        match self {
            Self::Transactional => &TRANSACTIONAL,
            Self::NoTransaction => &NO_TRANSACTION,
        }
    }

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Transactional => "transactional",
            Self::NoTransaction => "no-transaction",
        }
    }

    pub(crate) fn probes(self) -> &'static [Probe] {
        match self {
            Self::Transactional => OF_TRANSACTIONAL,
            Self::NoTransaction => OF_NO_TRANSACTION,
        }
    }

    /// The versions that a revert can reach, so that they may be applied more than once.
    pub(crate) fn is_revertible(self, version: i64) -> bool {
        let mut all = self.migrations().iter();
        all.any(|migration| migration.version() == version && migration.down().is_some())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

const fn file(version: i64, once: i64, sql: &'static str) -> Probe {
    Probe { version, of: Of::File, once, sql }
}

const fn statement(version: i64, number: i32, once: i64, sql: &'static str) -> Probe {
    Probe { version, of: Of::Statement(number), once, sql }
}

/// What a table or a column lacks counts as no effect, see `effects.rs`.
const OF_TRANSACTIONAL: &[Probe] = &[
    file(1, 1, "SELECT count(*) FROM ledger WHERE version = 1"),
    file(2, 1, "SELECT count(*) FROM ledger WHERE version = 2"),
    file(2, 600, "SELECT count(*) FROM accounts"),
    file(3, 1, "SELECT count(*) FROM ledger WHERE version = 3"),
    file(3, 600, "SELECT sum(visits) FROM accounts"),
    file(4, 1, "SELECT count(*) FROM ledger WHERE version = 4"),
    file(4, 60, "SELECT count(*) FROM cities"),
    file(5, 1, "SELECT count(*) FROM ledger WHERE version = 5"),
    file(5, 600, "SELECT count(mood) FROM accounts"),
    file(6, 1, "SELECT count(*) FROM ledger WHERE version = 6"),
    file(6, 1, "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('accounts_visits')"),
    file(7, 1, "SELECT count(*) FROM ledger WHERE version = 7"),
    file(7, 600, "SELECT sum(score) FROM accounts"),
    file(8, 1, "SELECT count(*) FROM ledger WHERE version = 8"),
    file(8, 1, "SELECT count(*) FROM pg_constraint WHERE conname = 'cities_pkey'"),
    file(8, 600, "SELECT count(city) FROM accounts"),
];

const OF_NO_TRANSACTION: &[Probe] = &[
    file(1, 1, "SELECT count(*) FROM ledger WHERE version = 1"),
    file(1, 600, "SELECT count(*) FROM bets"),
    statement(
        2,
        1,
        1,
        "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('bets_player')",
    ),
    statement(2, 2, 1, "SELECT count(*) FROM ledger WHERE version = 2 AND statement = 2"),
    statement(
        2,
        3,
        1,
        "SELECT count(*) FROM pg_class WHERE oid = to_regclass('bets') AND to_regclass('bets_old') IS NULL",
    ),
    statement(2, 4, 1, "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('bets_id')"),
    statement(2, 5, 1, "SELECT count(*) FROM ledger WHERE version = 2 AND statement = 5"),
    statement(3, 1, 1, "SELECT count(*) FROM pg_enum WHERE enumlabel = 'wild'"),
    statement(3, 4, 1, "SELECT count(*) FROM ledger WHERE version = 3"),
    Probe { version: 4, of: Of::Rows, once: 600, sql: "SELECT sum(odds) FROM bets" },
    statement(
        5,
        1,
        1,
        "SELECT count(*) FROM pg_class WHERE oid = to_regclass('parts_one') AND NOT relispartition",
    ),
    // It commits in between.
    statement(6, 1, 2, "SELECT count(*) FROM ledger WHERE version = 6 AND statement < 3"),
    statement(6, 2, 1, "SELECT count(*) FROM ledger WHERE version = 6 AND statement = 3"),
    file(7, 1, "SELECT count(*) FROM ledger WHERE version = 7"),
    file(7, 1, "SELECT count(*) FROM pg_class WHERE oid = to_regclass('after_all')"),
];
