//! The migrations of a folder, each with what reverts it.

use super::{File, problems};
use crate::diagnostic::Diagnostic;
use crate::kind::Kind;
use crate::migration::Migration;

/// Gives each migration its down file, orders them by version, and says what does not go together.
pub(super) fn pair(files: Vec<File>, problems: &mut Vec<Diagnostic>) -> Vec<Migration> {
    let (mut ups, mut downs): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|file| file.kind == Kind::Versioned);
    ups.sort_by(|a, b| (a.version, &a.path).cmp(&(b.version, &b.path)));
    problems.extend(ups.windows(2).filter_map(duplicate));
    // The one with the right name comes first of those of one version: others are compared with it.
    downs.sort_by_key(|down| (down.version, !is_of_some(down, &ups)));
    let judge = |(at, down)| problem(down, &downs[..at], &ups);
    problems.extend(downs.iter().enumerate().filter_map(judge));
    ups.into_iter().filter_map(|up| with_down(up, &mut downs)).collect()
}

fn duplicate(pair: &[File]) -> Option<Diagnostic> {
    let [first, second] = pair else { return None };
    let is_taken = first.version == second.version;
    is_taken.then(|| problems::duplicate(&second.path, &first.path, first.version))
}

fn problem(down: &File, earlier: &[File], ups: &[File]) -> Option<Diagnostic> {
    let Some(up) = ups.iter().find(|up| up.version == down.version) else {
        let namesake = ups.iter().find(|up| up.name == down.name);
        return Some(problems::orphan(&down.path, namesake.map(|up| &*up.path)));
    };
    let is_right = is_of_some(down, ups);
    let is_other =
        |other: &&File| other.version == down.version && (!is_right || other.name == down.name);
    match earlier.iter().find(is_other) {
        Some(other) => Some(problems::second_down(&down.path, &other.path)),
        None => (!is_right).then(|| problems::mismatched(&down.path, &up.path)),
    }
}

fn is_of_some(down: &File, ups: &[File]) -> bool {
    ups.iter().any(|up| is_of(down, up))
}

fn is_of(down: &File, up: &File) -> bool {
    down.version == up.version && down.name == up.name
}

fn with_down(mut up: File, downs: &mut [File]) -> Option<Migration> {
    let down = downs.iter_mut().find(|down| is_of(down, &up));
    let (migration, _) = up.content.take()?;
    let down = down.and_then(|down| down.content.take()).map(|(down, _)| down.into());
    Some(Migration { down, ..migration })
}

#[cfg(test)]
mod tests {
    use super::super::File;
    use super::pair;
    use crate::file_name::{FileName, parse};
    use crate::grammar::Accepted;
    use crate::kind::Kind;
    use crate::migration::Migration;

    fn file(file_name: &str) -> File {
        let (kind, version, name) = match parse(file_name).unwrap() {
            FileName::Versioned(version, name) => (Kind::Versioned, version, name),
            FileName::Down(version, name) => (Kind::Down, version, name),
            FileName::Other => panic!("{file_name}"),
        };
        let path = std::path::Path::new(file_name);
        let (migration, _) = Migration::new(
            kind,
            (version, name.clone()),
            path,
            b"SELECT 1",
            &mut Accepted::default(),
        );
        File { kind, version, name, path: path.into(), content: migration.zip(Some(String::new())) }
    }

    /// The migrations, with their down files, and the messages.
    fn paired(file_names: &[&str]) -> (Vec<String>, Vec<String>) {
        let mut problems = Vec::new();
        let files = file_names.iter().map(|name| file(name)).collect();
        let tell = |migration: Migration| {
            let down = migration.down.as_ref().map(|down| down.file_name());
            format!("{} {}", migration.file_name(), down.unwrap_or_default())
        };
        let migrations = pair(files, &mut problems).into_iter().map(tell).collect();
        let told = problems.iter().map(|it| format!("{}: {}", it.path(), it.message())).collect();
        (migrations, told)
    }

    #[test]
    fn gives_each_migration_what_reverts_it() {
        let (migrations, told) =
            paired(&["10_c.sql", "1_a.sql", "2_b.sql", "2_b.down.sql", "01_a.down.sql"]);
        assert_eq!(migrations, ["1_a.sql 01_a.down.sql", "2_b.sql 2_b.down.sql", "10_c.sql "]);
        assert_eq!(told, [""; 0]);
    }

    #[test]
    fn tells_what_does_not_go_together() {
        let cases: [(&[&str], &str); 6] = [
            (&["1_a.sql", "1_b.sql"], "1_b.sql: version 1 is taken by `1_a.sql`"),
            (
                &["2_a.down.sql"],
                "2_a.down.sql: it reverts a migration `2_a.sql`, and there is none",
            ),
            (
                &["1_a.sql", "1_b.down.sql"],
                "1_b.down.sql: its name is not that of the migration, `1_a.sql`",
            ),
            (
                &["1_b.sql", "1_a.down.sql", "1_b.down.sql"],
                "1_a.down.sql: `1_b.down.sql` reverts the same migration",
            ),
            (
                &["1_a.sql", "01_a.down.sql", "1_a.down.sql"],
                "1_a.down.sql: `01_a.down.sql` reverts the same migration",
            ),
            (
                &["1_a.sql", "1_b.sql", "1_a.down.sql", "1_b.down.sql"],
                "1_b.sql: version 1 is taken by `1_a.sql`",
            ),
        ];
        for (files, expected) in cases {
            assert_eq!(paired(files).1, [expected], "{files:?}");
        }
    }
}
