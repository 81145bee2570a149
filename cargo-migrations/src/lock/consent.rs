use std::io;

use migrations_source::{Change, LOCK_FILE};

use crate::args::Lock;
use crate::console::Console;

/// Whether changes may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consent {
    Given,
    Missing,
}

/// Takes flags as an answer, and asks a person where there is one.
pub(super) fn to(
    changes: &[Change],
    args: &Lock,
    console: &mut Console<'_>,
) -> io::Result<Consent> {
    let needed = Needed::by(changes);
    let is_given = if needed.force && !args.force {
        false
    } else if needed.accept && !args.accept {
        console.is_confirmed(&format!("Write these changes to {LOCK_FILE}?"))?
    } else {
        true
    };
    Ok(if is_given { Consent::Given } else { Consent::Missing })
}

/// What can be done where consent is missing.
pub(super) fn ways(changes: &[Change], args: &Lock, command: &str) -> Vec<String> {
    let needed = Needed::by(changes);
    let mut ways = Vec::new();
    let mut has = |change: fn(&Change) -> bool, way: &str| {
        if changes.iter().any(change) {
            ways.push(way.to_owned());
        }
    };
    if !args.accept {
        has(
            |change| matches!(change, Change::Edited(_)),
            "undo the edit and write a new migration: where the file is applied, a service refuses \
             to start with another text",
        );
        has(|change| matches!(change, Change::Renamed { .. }), "give the file back its name");
    }
    if !args.force {
        has(
            |change| matches!(change, Change::Removed(_)) && change.is_loss(),
            "bring the removed file back: where it is applied, a service can refuse to start \
             without it",
        );
        has(
            |change| matches!(change, Change::Unreadable(_)) && change.is_loss(),
            "bring back the committed lock",
        );
    }
    ways.push(format!("if all of this is meant, run `{command}{}`", needed.flags()));
    ways
}

/// What has to be said before changes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Needed {
    accept: bool,
    force: bool,
}

impl Needed {
    fn by(changes: &[Change]) -> Self {
        let is_edit =
            |change: &Change| matches!(change, Change::Edited(_) | Change::Renamed { .. });
        Self { accept: changes.iter().any(is_edit), force: changes.iter().any(Change::is_loss) }
    }

    fn flags(self) -> String {
        let flags = [(self.accept, " --accept"), (self.force, " --force")];
        flags.iter().filter(|(is_needed, _)| *is_needed).map(|(_, flag)| *flag).collect()
    }
}

#[cfg(test)]
mod tests {
    use migrations_source::Change::{self, Added, Edited, Moved, Removed, Renamed, Unreadable};

    use super::{Consent, Needed, to};
    use crate::args::Lock;
    use crate::console::Console;

    fn flags(accept: bool, force: bool) -> Lock {
        Lock { accept, force, check: false }
    }

    fn name() -> String {
        "1_a.sql".into()
    }

    #[test]
    fn knows_which_flags_changes_need() {
        let renamed = Renamed { from: name(), to: name() };
        let cases: [(&[Change], &str); 8] = [
            (&[], ""),
            (&[Added(name()), Moved(name()), Unreadable("<<<<<<< HEAD".into())], ""),
            (&[Added(name()), Edited(name())], " --accept"),
            (&[renamed], " --accept"),
            (&[Removed(name())], " --force"),
            (&[Removed("1_a.down.sql".into()), Removed("repeatable/a.sql".into())], ""),
            (&[Unreadable(name())], " --force"),
            (&[Removed(name()), Edited(name())], " --accept --force"),
        ];
        for (changes, flags) in cases {
            assert_eq!(Needed::by(changes).flags(), flags, "{changes:?}");
        }
    }

    #[test]
    fn a_yes_accepts_edits_but_never_drops_a_line() {
        let (edit, both) = ([Edited(name())], [Edited(name()), Removed(name())]);
        let (none, accept) = (flags(false, false), flags(true, false));
        let (force, all) = (flags(false, true), flags(true, true));
        let cases = [
            (&[Added(name())][..], &none, "n", (Consent::Given, false)),
            (&edit, &none, "y", (Consent::Given, true)),
            (&edit, &none, "n", (Consent::Missing, true)),
            (&edit, &accept, "n", (Consent::Given, false)),
            (&both, &accept, "y", (Consent::Missing, false)),
            (&both, &force, "y", (Consent::Given, true)),
            (&both, &all, "n", (Consent::Given, false)),
        ];
        for (changes, args, answer, expected) in cases {
            let (mut out, mut err, mut input) = (Vec::new(), Vec::new(), answer.as_bytes());
            let mut console = Console { out: &mut out, err: &mut err, input: Some(&mut input) };
            let consent = to(changes, args, &mut console);
            assert_eq!((consent.unwrap(), !err.is_empty()), expected, "{changes:?} {answer}");
        }
    }
}
