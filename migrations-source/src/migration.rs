use std::path::{Path, PathBuf};

use crate::checksum::{Digest, checksum};
use crate::custom_settings;
use crate::diagnostic::{Diagnostic, Severity};
use crate::directives::Directives;
use crate::file_name::REPEATABLE;
use crate::finding::{Finding, diagnostics};
use crate::grammar::Accepted;
use crate::kind::Kind;
use crate::lexer::tokens;
use crate::parts::{Part, parts};
use crate::position::Position;
use crate::rules;
use crate::script::{Place, Script};
use crate::steps::{Step, steps};

const BOM: &str = "\u{feff}";

/// One file: a migration, what reverts it, or a repeatable object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Migration {
    /// What it is for.
    pub kind: Kind,
    /// The number that its file name begins with; of a repeatable object, which has none, it is 0.
    pub version: i64,
    /// What follows the number in its file name, or all of it before `.sql`.
    pub name: String,
    /// The file as it can be opened from anywhere.
    pub path: PathBuf,
    /// The file as people are told of it.
    pub shown: String,
    /// Whether the file begins with a byte order mark, which is no SQL.
    pub has_bom: bool,
    /// Whether it may set a setting that cannot be restored in its session.
    pub sets_custom_settings: bool,
    /// What it says of itself.
    pub directives: Directives,
    /// Where its statements stand in its text, which begins behind a byte order mark.
    pub statements: Vec<Place>,
    /// What is sent, where that is not its text as a whole.
    pub parts: Vec<Part>,
    /// One for each statement, where they run one by one.
    pub steps: Vec<Step>,
    /// The SHA-256 of its tokens.
    pub checksum: Digest,
    /// What reverts it.
    pub down: Option<Box<Self>>,
}

impl Migration {
    /// The name of its file in the folder: `0001_create_bets.sql`, or `repeatable/open_bets.sql`.
    #[must_use]
    pub fn file_name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        match self.kind {
            Kind::Repeatable => format!("{REPEATABLE}/{name}"),
            Kind::Versioned | Kind::Down => name.into_owned(),
        }
    }

    /// Checks the bytes of the file `path`. Where they are no text there is no migration.
    pub(crate) fn new(
        kind: Kind,
        (version, name): (i64, String),
        path: &Path,
        bytes: &[u8],
        accepted: &mut Accepted,
    ) -> (Option<Self>, Vec<Diagnostic>) {
        let text = match decode(path, bytes) {
            Ok(text) => text,
            Err(problem) => return (None, vec![problem]),
        };
        let sql = text.strip_prefix(BOM).unwrap_or(text);
        let tokens: Vec<_> = tokens(sql).collect();
        let (script, findings) = Script::of(kind, sql, &tokens);
        let problems = problems(path, &script, findings, accepted);
        let migration = Self {
            kind,
            version,
            name,
            path: path.into(),
            shown: Diagnostic::shown_path(path),
            has_bom: text.starts_with(BOM),
            sets_custom_settings: custom_settings::may_be_set(&tokens),
            statements: script.places(),
            parts: parts(&script),
            steps: steps(&script),
            checksum: checksum(&tokens),
            directives: script.directives,
            down: None,
        };
        (Some(migration), problems)
    }
}

fn decode<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a str, Diagnostic> {
    str::from_utf8(bytes).map_err(|error| {
        let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        Diagnostic::new(path, "the file is not UTF-8")
            .at(Position::at_end_of(&valid))
            .help("save it in UTF-8, the only encoding in which migrations are embedded")
    })
}

/// What is wrong with a text. One without SQL, or with a NUL, has no use for the rules.
fn problems(
    path: &Path,
    script: &Script<'_>,
    of_directives: Vec<Finding>,
    accepted: &mut Accepted,
) -> Vec<Diagnostic> {
    let mut findings = of_directives;
    match nul(script.text) {
        Some(nul) => findings.push(nul),
        None => findings.extend(rules::check(script, accepted)),
    }
    let is_empty = script.statements.is_empty() && !is_refused(&findings);
    is_empty
        .then(|| empty(script.kind, path))
        .into_iter()
        .chain(diagnostics(path, script.text, findings))
        .collect()
}

fn is_refused(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity() == Severity::Error)
}

fn nul(text: &str) -> Option<Finding> {
    let at = text.find('\0')?;
    let finding = Finding::new(at..at + 1, "the file holds a NUL character");
    Some(finding.help("remove it: PostgreSQL's text cannot hold one"))
}

fn empty(kind: Kind, path: &Path) -> Diagnostic {
    Diagnostic::new(path, format!("the {kind} is empty")).help(match kind {
        Kind::Versioned => "write its SQL, or remove the file if it was never released",
        Kind::Down => {
            "write the SQL that reverts the migration, or remove the file: without one, the migration \
             cannot be reverted"
        }
        Kind::Repeatable => "write its SQL, or remove the file",
    })
}
