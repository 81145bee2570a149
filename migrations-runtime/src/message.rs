//! Parts of a file as they are sent: with SQL of ours around them, in as few messages as there can be.

use postgres::SimpleQueryRow;

use crate::cause::Sent;
use crate::parts::Part;
use crate::session::Session;

/// SQL of ours, parts of a file, SQL of ours.
pub(crate) struct Message<'a> {
    pub(crate) file: &'a str,
    pub(crate) prefix: String,
    pub(crate) parts: Vec<Part>,
    pub(crate) suffix: String,
    /// Whether the server counts positions in bytes.
    pub(crate) counts_bytes: bool,
}

/// What the server refused, and of what.
pub(crate) struct Refused<'a> {
    pub(crate) error: postgres::Error,
    pub(crate) sent: Sent<'a>,
}

impl Message<'_> {
    /// Sends it as one message, but for the data of a `COPY`, each of which stands alone. Returns the
    /// rows of the last one, if there is SQL of ours in it.
    pub(crate) fn send(&self, session: &mut Session) -> Result<Vec<SimpleQueryRow>, Refused<'_>> {
        let Self { file, prefix, parts, suffix, .. } = self;
        let mut prefix = prefix.as_str();
        for (index, part) in parts.iter().enumerate() {
            let Some(data) = &part.data else {
                let is_last = index + 1 == parts.len();
                let suffix = if is_last { suffix.as_str() } else { "" };
                let rows = self.query(session, prefix, part, suffix)?;
                if is_last {
                    return Ok(rows);
                }
                prefix = "";
                continue;
            };
            if !prefix.is_empty() {
                self.query(session, std::mem::take(&mut prefix), &nothing(0), "")?;
            }
            let sql = &file[part.sql.clone()];
            let copied = (data.copy.0)(session, sql, &file[data.place.clone()]);
            copied.map_err(|error| self.refused(error, "", part, ""))?;
        }
        self.query(session, prefix, &nothing(file.len()), suffix)
    }

    /// The same as three messages: what stands before the file, the file, and what stands behind it.
    pub(crate) fn apart(self) -> [Self; 3] {
        let Self { file, prefix, parts, suffix, counts_bytes } = self;
        let none = String::new;
        let of = |prefix, parts, suffix| Self { file, prefix, parts, suffix, counts_bytes };
        [
            of(prefix, vec![nothing(0)], none()),
            of(none(), parts, none()),
            of(none(), vec![nothing(file.len())], suffix),
        ]
    }

    fn query<'b>(
        &'b self,
        session: &mut Session,
        prefix: &'b str,
        part: &Part,
        suffix: &'b str,
    ) -> Result<Vec<SimpleQueryRow>, Refused<'b>> {
        let sql = &self.file[part.sql.clone()];
        let is_alone = prefix.is_empty() && suffix.is_empty();
        let sent = if is_alone {
            session.run(sql).map(|()| Vec::new())
        } else {
            session.query(&[prefix, sql, suffix].concat())
        };
        sent.map_err(|error| self.refused(error, prefix, part, suffix))
    }

    fn refused<'b>(
        &'b self,
        error: postgres::Error,
        prefix: &'b str,
        part: &Part,
        suffix: &'b str,
    ) -> Refused<'b> {
        let (file, part, in_bytes) = (self.file, part.clone(), self.counts_bytes);
        Refused { error, sent: Sent { prefix, file, part, suffix, in_bytes } }
    }
}

/// No part of the file, at a place of it.
fn nothing(at: usize) -> Part {
    Part { sql: at..at, data: None }
}
