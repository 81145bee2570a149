use crate::support::Crate;

const A: (&str, &str) = ("0001_create_a.sql", "create table a ();\ncreate table b ();\n");
const B: (&str, &str) =
    ("0002_b.sql", "-- migrations: lock-timeout=2s, allow=duplicate-handler\ncreate table c ();\n");

#[test]
fn prints_a_table() {
    let here = Crate::with("list", &[A]);
    let expected = "\
VERSION  NAME      CHECKSUM             STATEMENTS  LOCK  DIRECTIVES
0001     create_a  sha256:eecd0ede6cd7           2  -
";
    here.run("list").is(0, expected, "");
    here.run("lock");
    here.migration(B.0, B.1);
    let expected = "\
VERSION  NAME      CHECKSUM             STATEMENTS  LOCK  DIRECTIVES
0001     create_a  sha256:eecd0ede6cd7           2  yes
0002     b         sha256:f989f56d1050           1  no    lock-timeout=2s, allow=duplicate-handler
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
                    \"allow\":[\"duplicate-handler\"],\"accept\":[]},\"lock\":null}\n";
    here.run("list --format json").is(0, expected, "");
}

#[test]
fn says_that_files_are_missing() {
    let here = Crate::with("list-errors", &[A]);
    here.migration("b.sql", "");
    let ran = here.run("list");
    assert_eq!((ran.code, ran.out.lines().count()), (Some(1), 2));
    assert_eq!(ran.err, "note: the folder has 1 error, see `cargo migrations check`\n");
}
