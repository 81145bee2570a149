use crate::support::Crate;

const A: (&str, &str) = ("0001_create_a.sql", "create table a ();\ncreate table b ();\n");
const B: (&str, &str) =
    ("0002_b.sql", "-- migrations: lock-timeout=2s, allow=duplicate-handler\ncreate table c ();\n");

#[test]
fn prints_a_table() {
    let here = Crate::with("list", &[A]);
    let expected = "\
VERSION  NAME      CHECKSUM             STATEMENTS  DOWN  LOCK  DIRECTIVES
0001     create_a  sha256:eecd0ede6cd7           2  no    -
";
    here.run("list").is(0, expected, "");
    here.run("lock");
    here.migration(B.0, B.1);
    let expected = "\
VERSION  NAME      CHECKSUM             STATEMENTS  DOWN  LOCK  DIRECTIVES
0001     create_a  sha256:eecd0ede6cd7           2  no    yes
0002     b         sha256:f989f56d1050           1  no    no    lock-timeout=2s, allow=duplicate-handler
";
    let note = "note: migrations.lock is not up to date, see `cargo migrations lock --check`\n";
    here.run("list").is(0, expected, note);
}

#[test]
fn prints_json() {
    let here = Crate::with("list-json", &[B]);
    let expected = "{\"version\":2,\"name\":\"b\",\"path\":\"migrations/0002_b.sql\",\
                    \"checksum\":\"sha256:f989f56d1050e42d1a95178a6a8627aab046d9f4ad5edebe4d1b98a31992f9c2\",\"statements\":1,\"directives\":{\"no_transaction\":false,\
                    \"batch\":false,\"batch_pause_ms\":null,\"batch_rate\":null,\"lock_timeout_ms\":2000,\"statement_timeout_ms\":null,\
                    \"allow\":[\"duplicate-handler\"],\"accept\":[],\"after\":[]},\"lock\":null,\"down\":null}\n";
    here.run("list --format json").is(0, expected, "");
}

#[test]
fn lists_what_reverts_and_what_is_applied_again() {
    let here = Crate::with("list-objects", &[A, ("0001_create_a.down.sql", "drop table a;\n")]);
    let first = "-- migrations: after=v\ncreate view f as select 1;\n";
    here.migration("repeatable/first.sql", first);
    here.migration("repeatable/v.sql", "create view v as select 1;\n");
    let lines: Vec<_> = here.run("list").out.lines().map(String::from).collect();
    let cells = |line: &String| {
        line.split_whitespace().filter(|it| !it.starts_with("sha256")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        lines.iter().skip(1).map(cells).collect::<Vec<_>>(),
        ["0001 create_a 2 yes -", "repeatable v 1 no -", "repeatable first 1 no - after=v"]
    );
    let json = here.run("list --format json").out;
    let lines: Vec<_> = json.lines().collect();
    assert!(lines[0].ends_with("\"down\":\"migrations/0001_create_a.down.sql\"}"), "{json}");
    let expected =
        "{\"version\":null,\"name\":\"first\",\"path\":\"migrations/repeatable/first.sql\"";
    assert!(lines[2].starts_with(expected), "{json}");
}

#[test]
fn says_that_files_are_missing() {
    let here = Crate::with("list-errors", &[A]);
    here.migration("b.sql", "");
    let ran = here.run("list");
    assert_eq!((ran.code, ran.out.lines().count()), (Some(1), 2));
    assert_eq!(ran.err, "note: the folder has 1 error, see `cargo migrations check`\n");
}
