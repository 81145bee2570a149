//! `check --format`.

use std::ffi::OsStr;

use crate::support::Crate;

fn crate_with_problems(name: &str) -> Crate {
    let here = Crate::with(name, &[("0001_a.sql", "select 1;\n  COMMIT;\n"), ("b,1%:2.sql", "")]);
    here.migration(
        "0002_w.sql",
        "DO $$ BEGIN CREATE TYPE t AS ENUM ('x');\nEXCEPTION WHEN duplicate_object THEN NULL; END $$;\n",
    );
    here
}

#[test]
fn json_has_one_object_on_each_line() {
    let ran = crate_with_problems("json").run("check --format json");
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    let lines: Vec<_> = ran.out.lines().collect();
    assert_eq!(lines.len(), 3, "{}", ran.out);
    assert_eq!(
        lines[0],
        "{\"path\":\"migrations/0001_a.sql\",\"line\":2,\"column\":3,\"severity\":\"error\",\
         \"rule\":\"transaction-control\",\"message\":\"`COMMIT` would end the transaction that the \
         migration is in, together with its history row\",\"help\":[\"remove it: the transaction \
         begins before the file and ends after it\"]}"
    );
    let warning: serde_json::Value = serde_json::from_str(lines[1]).unwrap();
    assert_eq!(
        (&warning["severity"], &warning["rule"]),
        (&"warning".into(), &"duplicate-handler".into())
    );
    let misnamed: serde_json::Value = serde_json::from_str(lines[2]).unwrap();
    assert_eq!(misnamed["path"], "migrations/b,1%:2.sql");
    for key in ["line", "column", "rule"] {
        assert!(misnamed[key].is_null(), "{key}");
    }
}

#[test]
fn json_is_empty_where_all_is_fine() {
    let here = Crate::with("json-fine", &[("0001_a.sql", "create table a ();")]);
    here.run("check --format json").is(0, "", "");
}

#[test]
fn github_shows_problems_beside_the_lines() {
    let ran = crate_with_problems("github").run("check --format github");
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    let lines: Vec<_> = ran.out.lines().collect();
    assert_eq!(lines.len(), 4, "{}", ran.out);
    assert_eq!(
        lines[0],
        "::error file=migrations/0001_a.sql,line=2,col=3,title=transaction-control::`COMMIT` would \
         end the transaction that the migration is in, together with its history row%0Ahelp: remove \
         it: the transaction begins before the file and ends after it"
    );
    let warning = "::warning file=migrations/0002_w.sql,line=2,col=16,title=duplicate-handler::";
    assert!(lines[1].starts_with(warning), "{}", lines[1]);
    let misnamed = "::error file=migrations/b%2C1%25%3A2.sql,title=migrations::the file name is not \
                    VERSION_name.sql%0Ahelp: rename it";
    assert!(lines[2].starts_with(misnamed), "{}", lines[2]);
    assert_eq!(lines[3], "migrations: 2 migrations, 2 errors, 1 warning");
}

#[test]
fn github_is_told_paths_in_the_checkout() {
    let here = Crate::new("checkout");
    here.write("api/Cargo.toml", "[package]\nname = \"api\"\n");
    here.write("api/migrations/0001_a.sql", "COMMIT;");
    let checkout = [("GITHUB_WORKSPACE", here.root.as_os_str())];
    let ran = here.run_with("api", &["check", "--format", "github"], &checkout);
    assert!(ran.out.starts_with("::error file=api/migrations/0001_a.sql,line=1,"), "{}", ran.out);
    let elsewhere = [("GITHUB_WORKSPACE", OsStr::new("/nowhere"))];
    let ran = here.run_with("api", &["check", "--format", "github"], &elsewhere);
    assert!(ran.out.starts_with("::error file=migrations/0001_a.sql,line=1,"), "{}", ran.out);
}
