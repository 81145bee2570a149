use super::{Kind, Token};

/// Watches for the data that follow a `COPY … FROM STDIN`.
///
/// psql reads them from the line behind the statement, up to a line that is `\.`: "COPY" in
/// PostgreSQL's manual.
#[derive(Clone, Default)]
pub(super) struct CopyWatch {
    seen: Seen,
    parentheses: usize,
    /// Where the data begin: the rest of the statement's line is none of them.
    data_at: Option<usize>,
}

/// How much of `COPY … FROM STDIN` a statement has been so far.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Seen {
    #[default]
    Nothing,
    Copy,
    From,
    Stdin,
    Other,
}

impl CopyWatch {
    /// Where the data begin, if some follow: nothing before reaches into them.
    pub(super) fn data_at(&self) -> Option<usize> {
        self.data_at
    }

    pub(super) fn see(&mut self, text: &str, token: &Token<'_>) {
        match token.kind {
            Kind::WhiteSpace | Kind::LineComment | Kind::BlockComment | Kind::MetaCommand => {}
            Kind::CopyData => self.data_at = None,
            _ if token.is_semicolon() => self.end_statement(text, token.end()),
            _ => self.see_code(token),
        }
    }

    fn end_statement(&mut self, text: &str, end: usize) {
        if matches!(self.seen, Seen::Stdin) && self.data_at.is_none() {
            self.data_at = text[end..].find('\n').map(|feed| end + feed + 1);
        }
        (self.seen, self.parentheses) = (Seen::Nothing, 0);
    }

    /// `COPY (SELECT … FROM …) TO` reads from nobody.
    fn see_code(&mut self, token: &Token<'_>) {
        match token.text.as_bytes() {
            b"(" => self.parentheses += 1,
            b")" => self.parentheses = self.parentheses.saturating_sub(1),
            _ => {}
        }
        if self.parentheses == 0 && !matches!(self.seen, Seen::Other | Seen::Stdin) {
            self.seen = self.seen.with(token);
        }
    }
}

/// Whether a statement is a `COPY … FROM STDIN`.
pub(crate) fn reads_from_client<'t, 'a: 't>(code: impl Iterator<Item = &'t Token<'a>>) -> bool {
    let mut watch = CopyWatch::default();
    for token in code {
        watch.see_code(token);
        if watch.seen == Seen::Other {
            return false;
        }
    }
    watch.seen == Seen::Stdin
}

impl Seen {
    fn with(self, token: &Token<'_>) -> Self {
        match self {
            Self::Nothing if token.is("COPY") => Self::Copy,
            Self::Copy | Self::From if token.is("FROM") => Self::From,
            // The grammar takes either word in either direction.
            Self::From if token.is("STDIN") || token.is("STDOUT") => Self::Stdin,
            Self::From => Self::Copy,
            Self::Nothing => Self::Other,
            seen => seen,
        }
    }
}

/// The length of the lines up to `\.`, without the end of that line.
pub(super) fn length(rest: &str) -> usize {
    let mut at = 0;
    for line in rest.split_inclusive('\n') {
        let content = line.trim_end_matches(['\r', '\n']);
        at += if content == "\\." { content.len() } else { line.len() };
        if content == "\\." {
            break;
        }
    }
    at
}
