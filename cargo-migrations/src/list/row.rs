use migrations_source::{
    Change, Directives, Kind, Migration, REPEATABLE, Rule, display_digest, version_digits,
};
use serde::Serialize;

use crate::paths::shown;

/// What is known of a migration or a repeatable object. The keys are a promise: `cargo migrations list --help` lists them.
#[derive(Serialize)]
pub(super) struct Row {
    version: Option<i64>,
    pub(super) name: String,
    path: String,
    pub(super) checksum: String,
    pub(super) statements: usize,
    pub(super) directives: Said,
    pub(super) lock: Option<&'static str>,
    pub(super) down: Option<String>,
    /// The version as the file's name has it, or what has none.
    #[serde(skip)]
    pub(super) digits: String,
}

/// What a migration says of itself.
#[derive(Default, Serialize)]
pub(super) struct Said {
    no_transaction: bool,
    batch: bool,
    batch_pause_ms: Option<u32>,
    batch_rate: Option<u32>,
    lock_timeout_ms: Option<u32>,
    statement_timeout_ms: Option<u32>,
    allow: Vec<&'static str>,
    accept: Vec<String>,
    after: Vec<String>,
}

impl Row {
    /// The changes are those against the lock, if there is one.
    pub(super) fn of(migration: &Migration, changes: Option<&[Change]>) -> Self {
        let file_name = migration.file_name();
        let is_versioned = migration.kind == Kind::Versioned;
        Self {
            version: is_versioned.then_some(migration.version),
            name: migration.name.clone(),
            path: shown(&migration.path),
            checksum: display_digest(&migration.checksum),
            statements: migration.statements.len(),
            directives: Said::by(&migration.directives),
            lock: changes.map(|changes| state(&file_name, changes)),
            down: migration.down.as_ref().map(|down| shown(&down.path)),
            digits: version_digits(&file_name).unwrap_or(REPEATABLE).into(),
        }
    }
}

fn state(file_name: &str, changes: &[Change]) -> &'static str {
    let state = |change: &Change| match change {
        Change::Added(name) if name == file_name => Some("unlisted"),
        Change::Edited(name) if name == file_name => Some("edited"),
        Change::Moved(name) if name == file_name => Some("moved"),
        Change::Renamed { to, .. } if to == file_name => Some("renamed"),
        _ => None,
    };
    changes.iter().find_map(state).unwrap_or("listed")
}

impl Said {
    fn by(directives: &Directives) -> Self {
        Self {
            no_transaction: directives.no_transaction,
            batch: directives.batch,
            batch_pause_ms: directives.batch_pause,
            batch_rate: directives.batch_rate,
            lock_timeout_ms: directives.lock_timeout,
            statement_timeout_ms: directives.statement_timeout,
            allow: directives.allowed.iter().copied().map(Rule::name).collect(),
            accept: directives.accepted.iter().map(display_digest).collect(),
            after: directives.after.clone(),
        }
    }

    /// As a file writes it, but for checksums, which are cut.
    pub(super) fn words(&self) -> String {
        let no_transaction = self.no_transaction.then(|| "no-transaction".into());
        let batch = self.batch.then(|| "batch".into());
        let pause = self.batch_pause_ms.map(|ms| format!("batch-pause={}", duration(ms)));
        let rate = self.batch_rate.map(|rows| format!("batch-rate={rows}"));
        let lock = self.lock_timeout_ms.map(|ms| format!("lock-timeout={}", duration(ms)));
        let statement =
            self.statement_timeout_ms.map(|ms| format!("statement-timeout={}", duration(ms)));
        let allow = self.allow.iter().map(|rule| format!("allow={rule}"));
        let accept = self.accept.iter().map(|digest| format!("accept={}", short(digest)));
        let after = self.after.iter().map(|name| format!("after={name}"));
        let single = [no_transaction, batch, pause, rate, lock, statement].into_iter().flatten();
        single.chain(allow).chain(accept).chain(after).collect::<Vec<_>>().join(", ")
    }
}

/// The beginning of a checksum, which is enough to tell it from others.
pub(super) fn short(digest: &str) -> &str {
    digest.get(..19).unwrap_or(digest)
}

/// In the largest unit that makes it a whole number.
fn duration(ms: u32) -> String {
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s")];
    let unit = units.iter().find(|(length, _)| ms.is_multiple_of(*length));
    unit.map_or_else(
        || format!("{ms}ms"),
        |(length, unit)| match ms {
            0 => "0s".into(),
            ms => format!("{}{unit}", ms / length),
        },
    )
}

#[cfg(test)]
mod tests {
    use migrations_source::Change::{Added, Edited, Moved, Removed, Renamed};
    use migrations_source::display_digest;

    use super::{Said, duration, state};

    #[test]
    fn writes_durations_in_the_largest_unit() {
        let cases = [
            (0, "0s"),
            (1, "1ms"),
            (1500, "1500ms"),
            (2000, "2s"),
            (90_000, "90s"),
            (600_000, "10min"),
            (7_200_000, "2h"),
            (86_400_000, "1d"),
        ];
        for (ms, expected) in cases {
            assert_eq!(duration(ms), expected);
        }
    }

    #[test]
    fn writes_directives_as_a_file_does() {
        let said = Said {
            no_transaction: true,
            batch: true,
            batch_pause_ms: Some(100),
            batch_rate: Some(5000),
            lock_timeout_ms: Some(2000),
            statement_timeout_ms: Some(0),
            allow: vec!["syntax", "mixed-statements"],
            accept: vec![display_digest(&[0xab; 32])],
            after: vec!["open_bets".into()],
        };
        let expected = "no-transaction, batch, batch-pause=100ms, batch-rate=5000, \
                        lock-timeout=2s, statement-timeout=0s, allow=syntax, allow=mixed-statements, accept=sha256:abababababab, after=open_bets";
        assert_eq!(said.words(), expected);
        assert_eq!(Said::default().words(), "");
    }

    #[test]
    fn tells_how_a_file_stands_in_the_lock() {
        let changes = [
            Added("1_a.sql".into()),
            Edited("2_b.sql".into()),
            Moved("3_c.sql".into()),
            Renamed { from: "4_x.sql".into(), to: "4_d.sql".into() },
            Removed("5_e.sql".into()),
        ];
        let cases = [
            ("1_a.sql", "unlisted"),
            ("2_b.sql", "edited"),
            ("3_c.sql", "moved"),
            ("4_d.sql", "renamed"),
            ("6_f.sql", "listed"),
        ];
        for (file_name, expected) in cases {
            assert_eq!(state(file_name, &changes), expected);
        }
    }
}
