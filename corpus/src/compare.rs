use std::error::Error;
use std::fs;

use crate::client_side::without_client_side;
use crate::files::File;
use crate::findings::{Difference, Figures, Findings, Kind};
use crate::migration::Migration;
use crate::pieces::{Piece, pieces};
use crate::server::{Refusal, Server, Verdict};
use crate::splitting::{WrongSplit, moved_statement, wrong_splits};
use migrations_source::{Position, syntax_errors};

/// Compares the verdicts on a file: as it is written, as psql would send it, and on each statement.
pub(crate) fn file(
    file: &File,
    server: &mut Server,
    migration: &Migration,
    findings: &mut Findings,
) -> Result<(), Box<dyn Error>> {
    let path = file.path.display();
    let bytes = fs::read(&file.path).map_err(|error| format!("cannot read `{path}`: {error}"))?;
    let figures = findings.groups.entry(file.group.clone()).or_default();
    let Some(written) = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0')) else {
        figures.skipped += 1;
        return Ok(());
    };
    let text = without_client_side(&written);
    let mut comparison = Comparison { file, server, migration, figures, differences: Vec::new() };
    if written != text {
        comparison.as_written(&written, &text)?;
    }
    comparison.all(&text)?;
    let differences = comparison.differences;
    findings.list(differences);
    Ok(())
}

struct Comparison<'a> {
    file: &'a File,
    server: &'a mut Server,
    migration: &'a Migration,
    figures: &'a mut Figures,
    differences: Vec<Difference>,
}

impl Comparison<'_> {
    /// A text with parts for psql: the server, to which a migration's parts are sent, and the rules
    /// for migrations have to refuse the same files, and its statements have to begin where they do
    /// without what is for psql.
    fn as_written(&mut self, text: &str, sent: &str) -> Result<(), Box<dyn Error>> {
        let (parts, ours) = self.migration.judge(text)?;
        let server = self.first_refusal(&parts)?;
        let kind = self.figures.as_written.count(server.as_ref(), ours.as_ref());
        // A rule names another place, and says it in its own words.
        let kind = kind.filter(|kind| *kind != Kind::Place);
        self.add(text, 0, kind, server.as_ref(), ours.as_ref());
        if let Some(moved) = moved_statement(text, sent) {
            self.figures.moved += 1;
            self.wrong_split(text, Kind::Moved, &moved);
        }
        Ok(())
    }

    /// Its place is one in its part, which nobody asks for.
    fn first_refusal(&mut self, parts: &[&str]) -> Result<Option<Refusal>, postgres::Error> {
        for part in parts {
            if let Some(refusal) = refusal(&self.server.verdict(part)?) {
                return Ok(Some(Refusal { offset: None, message: refusal.message.clone() }));
            }
        }
        Ok(None)
    }

    fn all(&mut self, text: &str) -> Result<(), postgres::Error> {
        let (server, ours) = (self.server.verdict(text)?, our_refusals(text));
        let kind = self.figures.files.count(refusal(&server), ours.first());
        self.add(text, 0, kind, refusal(&server), ours.first());

        let pieces = pieces(text, self.server)?;
        for piece in &pieces {
            self.statement(text, piece, &ours);
        }
        for wrong in wrong_splits(text, refusal(&server).is_none(), &pieces, self.server)? {
            self.figures.splitting += 1;
            self.wrong_split(text, Kind::Splitting, &wrong);
        }
        Ok(())
    }

    fn wrong_split(&mut self, text: &str, kind: Kind, wrong: &WrongSplit) {
        let at = Refusal { offset: Some(wrong.offset), message: wrong.reason.into() };
        self.add(text, wrong.offset, Some(kind), Some(&at), None);
    }

    fn statement(&mut self, text: &str, piece: &Piece, ours: &[Refusal]) {
        let start = piece.with_rest.start;
        let server = refusal(&piece.verdict).map(|refusal| Refusal {
            offset: refusal.offset.map(|offset| start + offset),
            message: refusal.message.clone(),
        });
        let is_end = piece.with_rest.end == text.len();
        let is_here =
            |offset: usize| piece.with_rest.contains(&offset) || is_end && offset == text.len();
        let ours = ours.iter().find(|refusal| refusal.offset.is_some_and(is_here));
        let kind = self.figures.statements.count(server.as_ref(), ours);
        self.add(text, start, kind, server.as_ref(), ours);
    }

    fn add(
        &mut self,
        text: &str,
        start: usize,
        kind: Option<Kind>,
        server: Option<&Refusal>,
        ours: Option<&Refusal>,
    ) {
        let Some(kind) = kind else { return };
        let offset = server.or(ours).and_then(|refusal| refusal.offset).unwrap_or(start);
        self.differences.push(Difference {
            path: self.file.path.clone(),
            position: Position::at_end_of(&text[..offset]),
            kind,
            server: described(text, server),
            ours: described(text, ours),
        });
    }
}

fn our_refusals(text: &str) -> Vec<Refusal> {
    let errors = syntax_errors(text).into_iter();
    errors.map(|error| Refusal { offset: Some(error.offset), message: error.message }).collect()
}

fn refusal(verdict: &Verdict) -> Option<&Refusal> {
    match verdict {
        Verdict::Refused(refusal) => Some(refusal),
        Verdict::One | Verdict::Several => None,
    }
}

fn described(text: &str, refusal: Option<&Refusal>) -> String {
    let Some(refusal) = refusal else { return "-".into() };
    let place = refusal.offset.map(|offset| Position::at_end_of(&text[..offset]).to_string());
    // An unterminated quote is quoted to its end.
    let message: String = refusal.message.chars().take(100).collect();
    format!("{} {message:?}", place.unwrap_or_else(|| "nowhere".into()))
}
