//! The order in which repeatable objects are applied: by name, but each after those that it names.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::{File, problems};
use crate::diagnostic::Diagnostic;
use crate::directives::did_you_mean;
use crate::finding::{Finding, diagnostics};
use crate::migration::Migration;

/// Orders the objects, and says what is wrong with their names and with what they are to come after.
pub(super) fn order(mut files: Vec<File>, problems: &mut Vec<Diagnostic>) -> Vec<Migration> {
    files.sort_by(|a, b| a.name.cmp(&b.name));
    problems.extend(differ_in_case(&files));
    let names: Vec<_> = files.iter().map(|file| file.name.clone()).collect();
    let mut waits = Waits::default();
    for file in &files {
        let wait = file.content.iter().flat_map(|(object, _)| object.directives.places_of_after());
        for (other, range) in wait {
            match refuse(&file.name, other, range, &names) {
                Some(finding) => problems.extend(tell(file, finding)),
                None => waits.add(&file.name, other, range),
            }
        }
    }
    let (sorted, cycles) = waits.sort(&names);
    for Cycle { names, range } in cycles {
        let file = files.iter().find(|file| file.name == names[0]);
        problems.extend(
            file.into_iter().flat_map(|file| tell(file, in_a_circle(&names, range.clone()))),
        );
    }
    let mut objects: BTreeMap<_, _> =
        files.into_iter().filter_map(|file| Some((file.name, file.content?.0))).collect();
    sorted.iter().filter_map(|name| objects.remove(name)).collect()
}

fn differ_in_case(files: &[File]) -> Vec<Diagnostic> {
    let mut first: BTreeMap<String, &File> = BTreeMap::new();
    let mut differ = Vec::new();
    for file in files {
        match first.get(&file.name.to_ascii_lowercase()) {
            Some(other) => differ.push(problems::differs_in_case(&file.path, &other.path)),
            None => drop(first.insert(file.name.to_ascii_lowercase(), file)),
        }
    }
    differ
}

fn refuse(name: &str, other: &str, range: &Range<usize>, names: &[String]) -> Option<Finding> {
    if name == other {
        let message = format!("`{name}` cannot be applied after itself");
        return Some(Finding::new(range.clone(), message).help("remove it"));
    }
    if names.iter().any(|name| name == other) {
        return None;
    }
    let others: Vec<_> = names.iter().map(String::as_str).filter(|other| *other != name).collect();
    let help = match &others[..] {
        [] => "remove it: there is no other one".into(),
        others => did_you_mean(other, others),
    };
    Some(Finding::new(range.clone(), format!("there is no repeatable object `{other}`")).help(help))
}

fn in_a_circle(names: &[String], range: Range<usize>) -> Finding {
    let files: Vec<_> = names.iter().map(|name| format!("`{name}.sql`")).collect();
    let chain = [&files[..], &files[..1]].concat().join(" comes after ");
    Finding::new(range, format!("no order is possible: {chain}"))
        .help("remove one of these directives")
}

fn tell(file: &File, finding: Finding) -> Vec<Diagnostic> {
    let Some((object, text)) = &file.content else { return Vec::new() };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    diagnostics(&object.path, text, vec![finding])
}

/// For each object the others that it comes after, and where it says so.
#[derive(Default)]
struct Waits<'a>(BTreeMap<&'a str, BTreeMap<&'a str, Range<usize>>>);

/// Objects of which each comes after the next, and the last after the first.
#[derive(Debug, PartialEq, Eq)]
struct Cycle {
    names: Vec<String>,
    /// Where the first one says so.
    range: Range<usize>,
}

impl<'a> Waits<'a> {
    fn add(&mut self, name: &'a str, other: &'a str, range: &Range<usize>) {
        self.0.entry(name).or_default().insert(other, range.clone());
    }

    /// The first name that waits for none comes next; where there is none such, there is a cycle,
    /// which is taken for solved so that others are found, too.
    fn sort(mut self, names: &[String]) -> (Vec<String>, Vec<Cycle>) {
        let mut left: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        let (mut sorted, mut cycles) = (Vec::new(), Vec::new());
        while let Some(first) = left.first().copied() {
            let is_free = |name: &&str| self.next(name, &left).is_none();
            if let Some(name) = left.iter().copied().find(is_free) {
                left.remove(name);
                sorted.push(name.to_owned());
            } else {
                let cycle = self.cycle(first, &left);
                self.0.remove(&*cycle.names[0]);
                cycles.push(cycle);
            }
        }
        (sorted, cycles)
    }

    fn next(&self, name: &str, left: &BTreeSet<&str>) -> Option<(&'a str, &Range<usize>)> {
        let waits = self.0.get(name)?.iter();
        waits.map(|(other, range)| (*other, range)).find(|(other, _)| left.contains(other))
    }

    /// Of a name that waits, as all do: whoever follows them comes to one of them again.
    fn cycle(&self, first: &'a str, left: &BTreeSet<&'a str>) -> Cycle {
        let mut walked = vec![first];
        while let Some((next, _)) = walked.last().and_then(|last| self.next(last, left)) {
            if let Some(start) = walked.iter().position(|name| *name == next) {
                walked.drain(..start);
                break;
            }
            walked.push(next);
        }
        // It is told of the first by name, so that it is always the same.
        let least = (0..walked.len()).min_by_key(|at| walked[*at]).unwrap_or_default();
        walked.rotate_left(least);
        let range = self.next(walked[0], left).map(|(_, range)| range.clone()).unwrap_or_default();
        Cycle { names: walked.into_iter().map(String::from).collect(), range }
    }
}

#[cfg(test)]
mod tests {
    use super::super::File;
    use super::order;
    use crate::grammar::Accepted;
    use crate::kind::Kind;
    use crate::migration::Migration;

    /// Names, each with what it comes after.
    type Objects<'a> = &'a [(&'a str, &'a str)];

    fn file((name, after): &(&str, &str)) -> File {
        let after = after.split_whitespace().map(|it| format!("-- migrations: after={it}\n"));
        let text = format!("{}SELECT 1;", after.collect::<String>());
        let path = std::path::PathBuf::from(format!("{name}.sql"));
        let named = (0, (*name).to_owned());
        let (object, _) = Migration::new(
            Kind::Repeatable,
            named,
            &path,
            text.as_bytes(),
            &mut Accepted::default(),
        );
        let content = object.zip(Some(text));
        File { kind: Kind::Repeatable, version: 0, name: (*name).into(), path, content }
    }

    /// The names in order, and what is told.
    fn ordered(objects: Objects<'_>) -> (String, Vec<String>) {
        let mut problems = Vec::new();
        let sorted = order(objects.iter().map(file).collect(), &mut problems);
        let names: Vec<_> = sorted.into_iter().map(|object| object.name).collect();
        let told = problems.iter().map(|problem| {
            let place = problem.position().map(|it| format!(":{it}")).unwrap_or_default();
            format!(
                "{}{place}: {} ({})",
                problem.path(),
                problem.message(),
                problem.helps().join("; ")
            )
        });
        (names.join(" "), told.collect())
    }

    #[test]
    fn orders_by_name_and_after_what_is_named() {
        let cases: [(Objects<'_>, &str); 5] = [
            (&[], ""),
            (&[("b", ""), ("a", ""), ("Z", "")], "Z a b"),
            (&[("a", "c"), ("b", ""), ("c", "")], "b c a"),
            (&[("a", "d"), ("b", "a"), ("c", ""), ("d", "")], "c d a b"),
            (&[("a", "b c"), ("b", "d"), ("c", "d"), ("d", "")], "d b c a"),
        ];
        for (objects, expected) in cases {
            assert_eq!(ordered(objects), (expected.into(), Vec::new()), "{objects:?}");
        }
    }

    #[test]
    fn tells_where_no_order_is_possible() {
        let cases: [(Objects<'_>, &[&str]); 6] = [
            (&[("a", "a")], &["a.sql:1:16: `a` cannot be applied after itself (remove it)"]),
            (
                &[("a", "x")],
                &[
                    "a.sql:1:16: there is no repeatable object `x` (remove it: there is no other one)",
                ],
            ),
            (
                &[("bets", ""), ("a", "bts x")],
                &[
                    "a.sql:1:16: there is no repeatable object `bts` (did you mean `bets`?)",
                    "a.sql:2:16: there is no repeatable object `x` (these are known: `bets`)",
                ],
            ),
            (
                &[("c", "d a"), ("a", "b"), ("b", "c"), ("d", "")],
                &[
                    "a.sql:1:16: no order is possible: `a.sql` comes after `b.sql` comes after `c.sql` \
                   comes after `a.sql` (remove one of these directives)",
                ],
            ),
            (
                &[("a", "b"), ("b", "a"), ("c", "d"), ("d", "c"), ("e", "a")],
                &[
                    "a.sql:1:16: no order is possible: `a.sql` comes after `b.sql` comes after `a.sql` \
                     (remove one of these directives)",
                    "c.sql:1:16: no order is possible: `c.sql` comes after `d.sql` comes after `c.sql` \
                     (remove one of these directives)",
                ],
            ),
            (
                &[("Bets", ""), ("bets", "")],
                &[
                    "bets.sql: only its case tells it from `Bets.sql` (rename one of the two: there are \
                   file systems that hold only one of them)",
                ],
            ),
        ];
        for (objects, expected) in cases {
            assert_eq!(ordered(objects).1, expected, "{objects:?}");
        }
    }
}
