use crate::process::binary;

#[test]
fn a_wrong_pg_bin_is_one_line_that_says_what_to_do() {
    let output = binary().env("PG_BIN", "/nowhere").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.contains("PG_BIN is `/nowhere`"), "{stderr}");
}

#[test]
fn what_is_found_is_complete() {
    let directory = local_postgres::find_binaries().unwrap();
    for program in ["initdb", "postgres", "pg_ctl"] {
        assert!(directory.join(program).is_file(), "{program}");
    }
}
