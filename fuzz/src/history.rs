//! Rows of a history, as a server might send them that anybody has written to.

use std::sync::LazyLock;
use std::time::SystemTime;

use arbitrary::Arbitrary;
use migrations_runtime::__private::{Effect, Gate, OneByOne, Source, Step, migration, migrations};
use migrations_runtime::fuzzing::{Fields, Rows};
use migrations_runtime::{Migration, Migrations};

use crate::file::is_obeyed;

/// A row: for each column what it usually holds, or anything, or nothing.
#[derive(Arbitrary, Debug)]
pub struct Row {
    version: Text,
    name: Text,
    checksum: Text,
    finished: Text,
    statements_done: Text,
    statements_checksum: Text,
    in_flight: Text,
    worker: Text,
    rows_done: Text,
    began: Text,
    took: Text,
}

#[derive(Arbitrary, Debug)]
enum Text {
    Null,
    /// One of what the library writes into this column.
    Usual(u8),
    /// The same with something behind it.
    Altered(u8, String),
    Number(i64),
    Any(String),
}

/// Holds for any rows.
pub fn check(rows: &[Row]) {
    let rows: Vec<_> = rows.iter().map(Row::fields).collect();
    let sent: Vec<_> = rows.iter().filter(|row| row.contains_key("finished")).collect();
    let read = match Rows::read(&rows) {
        Err(version) => return is_no_version(&version, &sent),
        Ok(read) => read,
    };
    let written = read.written();
    assert_eq!(written.len(), sent.len(), "a row is left out");
    for (sent, written) in sent.iter().zip(&written) {
        is_what_was_sent(sent, written);
    }
    for (sent, recorded) in sent.iter().zip(read.recorded()) {
        assert_eq!(recorded.version, version(sent).filter(|version| *version >= 0));
        assert!(recorded.applied_at >= SystemTime::UNIX_EPOCH);
    }
    match read.plan(&EMBEDDED) {
        Err(error) => assert!(!error.to_string().contains(is_obeyed), "{error}"),
        Ok([pending, skipped]) => {
            let mut all = [&pending[..], &skipped].concat();
            all.sort_unstable();
            assert!(all.iter().eq(&VERSIONS), "{all:?}");
            for version in skipped {
                is_applied(version, &sent);
            }
            for version in pending {
                is_not_finished(version, &sent);
            }
        }
    }
}

fn version(row: &Fields) -> Option<i64> {
    row.get("version")?.parse().ok()
}

fn is_no_version(text: &str, sent: &[&Fields]) {
    assert!(text.parse::<i64>().is_err(), "{text}");
    let is_it = |row: &&Fields| row.get("version").map_or("", String::as_str) == text;
    assert!(sent.iter().any(is_it), "{text}");
}

/// What a run goes by says what the row says. A row whose journal cannot be read has none, and is no
/// row of a migration that is to go on.
fn is_what_was_sent(sent: &Fields, written: &Fields) {
    let text = |row: &Fields, column| row.get(column).cloned();
    let or_empty = |column| text(sent, column).unwrap_or_default();
    assert_eq!(
        text(written, "version").map(|text| text.parse()),
        Some(or_empty("version").parse::<i64>())
    );
    assert_eq!(text(written, "name"), Some(or_empty("name")));
    assert_eq!(text(written, "checksum"), Some(or_empty("checksum")));
    assert_eq!(written["finished"] == "t", sent["finished"] == "t");
    if let Some(done) = text(written, "statements_done") {
        assert_eq!(done.parse::<usize>(), or_empty("statements_done").parse());
        for column in ["statements_checksum", "in_flight", "worker"] {
            assert_eq!(text(written, column), text(sent, column), "{column}");
        }
    }
}

fn rows_of<'a>(version: i64, sent: &[&'a Fields]) -> Vec<&'a Fields> {
    sent.iter().filter(|row| self::version(row) == Some(version)).copied().collect()
}

/// What is skipped is recorded, once, as finished, and with the checksum of its text or of an older one.
fn is_applied(version: i64, sent: &[&Fields]) {
    let [row] = rows_of(version, sent)[..] else { panic!("{version} is skipped: {sent:?}") };
    assert_eq!(row["finished"], "t");
    assert!([checksum(version, 0), checksum(version, 9)].contains(&row["checksum"]), "{row:?}");
}

fn is_not_finished(version: i64, sent: &[&Fields]) {
    let rows = rows_of(version, sent);
    assert!(rows.len() < 2 && rows.iter().all(|row| row["finished"] != "t"), "{rows:?}");
}

const VERSIONS: [i64; 3] = [1, 2, 3];

/// The second runs statement by statement; the first accepts an older text.
static EMBEDDED: LazyLock<Migrations> = LazyLock::new(|| {
    fn gate() -> &'static Gate {
        static GATE: Gate = Gate::new();
        &GATE
    }
    static STEPS: [Step; 2] = [step(1), step(2)];
    let source = |version| Source {
        version,
        name: "name",
        path: "path",
        checksum: bytes(version, 0),
        ..Source::EMPTY
    };
    let list: Vec<Migration> = vec![
        migration(Source { accepted: vec![bytes(1, 9)].leak(), ..source(1) }),
        migration(Source { one_by_one: Some(OneByOne::new(&STEPS, None)), ..source(2) }),
        migration(source(3)),
    ];
    migrations(list.leak(), &[], "", "", None, gate)
});

const fn step(number: u8) -> Step {
    Step { checksum: [number; 32], effect: Effect::Transactional }
}

fn bytes(version: i64, text: u8) -> [u8; 32] {
    let mut bytes = [text; 32];
    bytes[..8].copy_from_slice(&version.to_be_bytes());
    bytes
}

fn checksum(version: i64, text: u8) -> String {
    shown(&bytes(version, text))
}

fn shown(bytes: &[u8; 32]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    "sha256:".chars().chain(digits.collect::<String>().chars()).collect()
}

impl Row {
    fn fields(&self) -> Fields {
        let steps = [1, 2, 9].map(|number| shown(&[number; 32]));
        let in_flight = [
            steps[0].clone(),
            steps[1].clone(),
            format!("{} there", steps[0]),
            format!("{} 16384 4294967295", steps[1]),
        ];
        let checksums: Vec<_> = VERSIONS
            .iter()
            .flat_map(|version| [0, 9].map(|text| checksum(*version, text)))
            .collect();
        let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        let columns = [
            ("version", &self.version, owned(&["1", "2", "3", "4", "-1", "-9223372036854775808"])),
            ("name", &self.name, owned(&["name", "other", "\u{1b}[2J", "a\nb"])),
            ("checksum", &self.checksum, checksums),
            ("finished", &self.finished, owned(&["t", "f"])),
            ("statements_done", &self.statements_done, owned(&["0", "1", "2", "3"])),
            ("statements_checksum", &self.statements_checksum, steps.to_vec()),
            ("in_flight", &self.in_flight, in_flight.to_vec()),
            ("worker", &self.worker, owned(&["4711 0123456789abcdef", "-1 "])),
            ("rows_done", &self.rows_done, owned(&["0", "5000"])),
            ("began", &self.began, owned(&["1764243822.5", "Infinity", "-1", "9224318015999.99"])),
            ("took", &self.took, owned(&["0.25", "0", "NaN"])),
        ];
        let sent = columns.into_iter().map(|(column, text, usual)| (column, text.of(&usual)));
        sent.filter_map(|(column, text)| Some((column, text?))).collect()
    }
}

impl Text {
    fn of(&self, usual: &[String]) -> Option<String> {
        let one = |number: u8| usual[usize::from(number) % usual.len()].clone();
        match self {
            Self::Null => None,
            Self::Usual(number) => Some(one(*number)),
            Self::Altered(number, more) => Some(one(*number) + more),
            Self::Number(number) => Some(number.to_string()),
            Self::Any(text) => Some(text.clone()),
        }
    }
}
