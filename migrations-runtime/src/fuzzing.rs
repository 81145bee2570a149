//! What the fuzz targets (`fuzz/`) need of the inside. No part of the API: the feature `fuzzing` is
//! theirs alone.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::cause::{self, Sent};
use crate::error::Error;
use crate::history::Record;
use crate::journal::InFlight;
use crate::linked::Linked;
use crate::migrations::Migrations;
use crate::parts::{Data, Part};
use crate::plan::plan;
use crate::recorded::Recorded;
use crate::session::Session;
use crate::standing::{OutOfOrder, Row};

/// A place of a file, and how people are told of it.
#[derive(Debug)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// The excerpt with its mark.
    pub shown: String,
    /// Whether the server read on behind the end of the part that was sent.
    pub is_behind_end: bool,
}

/// The place so many bytes into a text.
#[must_use]
pub fn place(text: &str, offset: usize) -> Place {
    told(&cause::Place::at(text, offset))
}

fn told(place: &cause::Place) -> Place {
    let (excerpt, is_behind_end) = (place.excerpt(), matches!(place, cause::Place::BehindEnd(_)));
    let (line, column) = (excerpt.line, excerpt.column);
    Place { line, column, shown: excerpt.to_string(), is_behind_end }
}

/// A part of a file, and what is sent around it.
#[derive(Debug)]
pub struct Message<'a> {
    /// What stands before the part.
    pub prefix: &'a str,
    /// All of the file.
    pub file: &'a str,
    /// Where the part stands in the file, in bytes.
    pub sql: Range<usize>,
    /// Where its data stand, of a `COPY`.
    pub data: Option<Range<usize>>,
    /// What stands behind the part.
    pub suffix: &'a str,
    /// Whether the server counts in bytes, and not in characters.
    pub in_bytes: bool,
}

impl Message<'_> {
    /// Where in the file is what the server says of this position of the message, from 0.
    #[must_use]
    pub fn place(&self, position: usize) -> Option<Place> {
        self.sent().place(position).as_ref().map(told)
    }

    /// The same of a line of the data, which the context of an error names.
    #[must_use]
    pub fn place_in_data(&self, context: &str) -> Option<Place> {
        self.sent().place_in_data(context).as_ref().map(told)
    }

    /// What is told of the server's message.
    #[must_use]
    pub fn message(&self, message: &str) -> String {
        cause::message(message, None, &self.sent())
    }

    fn sent(&self) -> Sent<'_> {
        let Self { prefix, file, suffix, in_bytes, .. } = *self;
        let data = self.data.clone().map(|place| Data { place, copy: Linked(Session::copy) });
        let part = Part { sql: self.sql.clone(), data };
        Sent { prefix, file, part, suffix, in_bytes }
    }
}

/// What a row holds, by column; a column without a text is NULL.
pub type Fields = BTreeMap<&'static str, String>;

/// Rows of a history.
#[derive(Debug)]
pub struct Rows(Vec<Record>);

impl Rows {
    /// Reads them as a run does.
    ///
    /// # Errors
    ///
    /// The version of a row is no number, and this is it.
    pub fn read(rows: &[Fields]) -> Result<Self, String> {
        let rows = rows.iter().map(|row| move |column: &str| row.get(column).map(String::as_str));
        Record::read_all_of(rows).map(Self)
    }

    /// What is told of each.
    pub fn recorded(&self) -> impl Iterator<Item = &Recorded> {
        self.0.iter().map(|record| &record.recorded)
    }

    /// The same in the words of the table, as far as a run goes by it.
    #[must_use]
    pub fn written(&self) -> Vec<Fields> {
        self.0.iter().map(|record| written(&record.row)).collect()
    }

    /// The versions to be applied and those to be skipped, by a plan that lets late ones through; or
    /// why nothing may be done, for people.
    ///
    /// # Errors
    ///
    /// Something is refused.
    pub fn plan(&self, embedded: &Migrations) -> Result<[Vec<i64>; 2], Error> {
        let rows: Vec<_> = self.0.iter().map(|record| record.row.clone()).collect();
        let plan = plan(embedded, &rows, OutOfOrder::Apply).map_err(Error::refused)?;
        let pending = plan.pending.iter().map(|pending| pending.migration.version()).collect();
        Ok([pending, plan.skipped.iter().map(|migration| migration.version()).collect()])
    }
}

fn written(row: &Row) -> Fields {
    let finished = if row.finished { "t" } else { "f" };
    let mut fields = Fields::from([
        ("version", row.version.to_string()),
        ("name", row.name.clone()),
        ("checksum", row.checksum.clone()),
        ("finished", finished.into()),
    ]);
    let Some(journal) = &row.journal else { return fields };
    fields.insert("statements_done", journal.done.to_string());
    fields.extend(journal.checksum.clone().map(|text| ("statements_checksum", text)));
    let in_flight = journal.in_flight.as_ref();
    let in_flight = in_flight.map(|it| InFlight::write(&it.checksum, &it.before));
    fields.extend(in_flight.map(|text| ("in_flight", text)));
    fields.extend(journal.worker.as_ref().map(|worker| ("worker", worker.write())));
    fields
}
