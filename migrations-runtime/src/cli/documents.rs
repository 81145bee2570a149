//! What `--format json` prints. The fields are a promise: `CLI.md` lists them, and a test compares.

use serde::Serialize;

/// Is raised when a field changes its meaning or goes.
pub(super) const FORMAT: u32 = 1;

#[derive(Debug, Serialize)]
pub(super) struct Document<T> {
    pub(super) format: u32,
    pub(super) sets: Vec<T>,
    pub(super) error: Option<Problem>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Problem {
    pub(super) kind: &'static str,
    pub(super) message: String,
    pub(super) migration: Option<&'static str>,
    pub(super) sqlstate: Option<String>,
    pub(super) line: Option<usize>,
    pub(super) column: Option<usize>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Standing {
    pub(super) set: String,
    pub(super) history: String,
    pub(super) application: &'static str,
    pub(super) current: bool,
    pub(super) pending: usize,
    pub(super) problems: usize,
    pub(super) holder: Option<Session>,
    pub(super) entries: Vec<Entry>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Entry {
    pub(super) version: Option<i64>,
    pub(super) name: String,
    pub(super) state: &'static str,
    pub(super) file: Option<&'static str>,
    pub(super) checksum: Option<String>,
    pub(super) revertible: bool,
    pub(super) recorded: Option<Row>,
    pub(super) problem: Option<String>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Row {
    pub(super) version: Option<i64>,
    pub(super) name: String,
    pub(super) checksum: String,
    pub(super) applied_at: Option<String>,
    pub(super) took: Option<f64>,
    pub(super) applied_by: String,
    pub(super) application: String,
    pub(super) statements_done: Option<usize>,
    pub(super) rows: Option<u64>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Session {
    pub(super) pid: i32,
    pub(super) application_name: String,
    pub(super) state: String,
    pub(super) query: String,
    pub(super) age: Option<f64>,
    pub(super) progress: Option<String>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Planned {
    pub(super) set: String,
    pub(super) plan: Vec<Item>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Item {
    pub(super) version: Option<i64>,
    pub(super) name: &'static str,
    pub(super) file: &'static str,
    pub(super) checksum: String,
    pub(super) transactional: bool,
    pub(super) revertible: bool,
    pub(super) sql: Option<&'static str>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Ran {
    pub(super) set: String,
    pub(super) reverted: Vec<Done>,
    pub(super) applied: Vec<Done>,
    pub(super) repeated: Vec<Done>,
    pub(super) skipped: usize,
    pub(super) remarks: Vec<String>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Done {
    pub(super) version: Option<i64>,
    pub(super) name: &'static str,
    pub(super) file: &'static str,
    pub(super) took: f64,
    pub(super) rows: Option<u64>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Trial {
    pub(super) set: String,
    pub(super) tried: Vec<Done>,
    pub(super) not_tried: Vec<Item>,
    pub(super) unclear: Option<String>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Waited {
    pub(super) set: String,
    pub(super) current: bool,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Adopted {
    pub(super) set: String,
    pub(super) recorded: Vec<Item>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Answer {
    pub(super) set: String,
    pub(super) version: i64,
    pub(super) resolved: &'static str,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Mended {
    pub(super) set: String,
    pub(super) restamped: Vec<Change>,
    pub(super) renamed: Vec<Change>,
    pub(super) forgotten: Vec<String>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Change {
    pub(super) version: i64,
    pub(super) file: &'static str,
    pub(super) was: String,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Recorded {
    pub(super) set: String,
    pub(super) history: Vec<Row>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Unlocked {
    pub(super) set: String,
    pub(super) holder: Option<Session>,
    pub(super) terminated: bool,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Embedded {
    pub(super) set: String,
    pub(super) application: &'static str,
    pub(super) runtime: &'static str,
    pub(super) newest: Option<i64>,
    pub(super) migrations: usize,
    pub(super) repeatables: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documented(section: &str) -> Vec<&'static str> {
        let page = include_str!("../../CLI.md");
        let heading = format!("\n### {section}\n");
        let (_, rest) = page.split_once(&heading).expect(&heading);
        let body = rest.split("\n#").next().unwrap_or_default();
        let rows = body.lines().filter_map(|line| line.strip_prefix("| `"));
        rows.filter_map(|row| row.split('`').next()).collect()
    }

    fn fields<T: Serialize>(sample: &T) -> Vec<String> {
        let json = serde_json::to_string(sample).unwrap();
        let value: serde_json::Map<_, _> = serde_json::from_str(&json).unwrap();
        let mut keys: Vec<_> = value.keys().cloned().collect();
        // Without serde_json's `preserve_order`, a map is in the order of its keys.
        keys.sort_by_key(|key| json.find(&format!("\"{key}\":")));
        keys
    }

    #[test]
    fn the_documented_fields_are_these() {
        let document = Document { format: FORMAT, sets: vec![0], error: None };
        let cases = [
            ("The document", fields(&document)),
            ("An error", fields(&Problem::default())),
            ("`status`, `verify`", fields(&Standing::default())),
            ("An entry", fields(&Entry::default())),
            ("A recorded row", fields(&Row::default())),
            ("A session", fields(&Session::default())),
            ("`plan`, `up --dry-run`", fields(&Planned::default())),
            ("A file", fields(&Item::default())),
            ("`up`, `down`, `redo`", fields(&Ran::default())),
            ("A file that was run", fields(&Done::default())),
            ("`up --dry-run --execute`", fields(&Trial::default())),
            ("`wait`", fields(&Waited::default())),
            ("`baseline`", fields(&Adopted::default())),
            ("`resolve`", fields(&Answer::default())),
            ("`repair`", fields(&Mended::default())),
            ("A change of a row", fields(&Change::default())),
            ("`history`", fields(&Recorded::default())),
            ("`unlock`", fields(&Unlocked::default())),
            ("`version`", fields(&Embedded::default())),
        ];
        for (section, fields) in &cases {
            assert_eq!(&documented(section), fields, "{section}");
        }
        let sections = include_str!("../../CLI.md").lines().filter(|it| it.starts_with("### "));
        assert_eq!(sections.count(), cases.len());
    }
}
