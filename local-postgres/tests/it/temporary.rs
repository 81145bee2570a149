use crate::process::{Holder, binary, eventually, is_alive};
use crate::scratch::Scratch;
use crate::session::Session;
use local_postgres::TemporaryServer;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

#[test]
fn a_dropped_server_leaves_nothing() {
    let server = TemporaryServer::start().unwrap();
    let directory = server.directory().to_owned();
    let pid = server.postmaster_pid().unwrap().to_string();
    let answer = Session::over_socket(&directory).unwrap().query("SELECT 42");
    assert_eq!(answer.unwrap(), "42");
    drop(server);
    assert!(!directory.exists());
    assert!(!is_alive(&pid));
}

#[test]
fn a_killed_owner_leaves_nothing() {
    check_nothing_is_left(Holder::of_temporary(), Holder::kill);
}

#[test]
fn an_interrupted_owner_leaves_nothing() {
    check_nothing_is_left(Holder::of_temporary(), Holder::interrupt);
}

#[test]
fn a_directory_with_spaces_will_do() {
    let scratch = Scratch::new("with spaces");
    let holder = Holder::start(binary().env("TMPDIR", &*scratch));
    assert!(holder.url.contains("with%20spaces"), "{}", holder.url);
    assert!(is_alive(&holder.postmaster));
    holder.leave();
    assert_eq!(scratch.read_dir().unwrap().count(), 0);
}

#[test]
fn a_thousand_errors_block_nobody() {
    let server = TemporaryServer::start().unwrap();
    let mut session = Session::over_socket(server.directory()).unwrap();
    for _ in 0..1000 {
        session.query("SELECT nonsense").unwrap_err();
    }
    assert_eq!(session.query("SELECT 42").unwrap(), "42");
    let log = server.log();
    assert_eq!(log.matches("column \"nonsense\" does not exist").count(), 1000);
}

#[test]
fn tcp_is_on_request() {
    let server = TemporaryServer::builder().tcp().start().unwrap();
    let url = format!("postgresql://postgres@127.0.0.1:{}/app", server.port());
    assert_eq!(server.url("app"), url);
    let answer = Session::over_tcp(server.port()).unwrap().query("SELECT 42");
    assert_eq!(answer.unwrap(), "42");
}

#[test]
fn settings_reach_the_server() {
    let server = TemporaryServer::builder().setting("work_mem", "7MB").start();
    let server = server.unwrap();
    let mut session = Session::over_socket(server.directory()).unwrap();
    for (name, value) in [("work_mem", "7MB"), ("max_connections", "300"), ("fsync", "off")] {
        assert_eq!(session.query(&format!("SHOW {name}")).unwrap(), value);
    }
}

#[test]
fn a_refused_setting_is_told_and_leaves_nothing() {
    let server = TemporaryServer::builder().setting("work_mem", "much").start();
    let message = server.unwrap_err().to_string();
    assert!(message.contains("\"work_mem\": \"much\""), "{message}");
    let directory = Path::new(message.split('`').nth(1).unwrap());
    assert!(!directory.exists(), "{message}");
}

#[test]
fn servers_from_one_template_are_independent() {
    let cache = Scratch::new("cache");
    let builder = TemporaryServer::builder().template_cache(&*cache);
    let (one, two) = (builder.start().unwrap(), builder.start().unwrap());
    let mut in_one = Session::over_socket(one.directory()).unwrap();
    let mut in_two = Session::over_socket(two.directory()).unwrap();
    in_one.query("CREATE TABLE t ()").unwrap();
    in_two.query("SELECT FROM t").unwrap_err();
    // The lock and one template.
    assert_eq!(cache.read_dir().unwrap().count(), 2);
}

#[test]
fn a_standby_follows_and_takes_no_writes() {
    let cache = Scratch::new("replicated");
    let builder = TemporaryServer::builder().template_cache(&*cache);
    let settings =
        [("wal_level", "replica"), ("max_wal_senders", "10"), ("wal_keep_size", "100MB")];
    let sends =
        settings.iter().fold(builder.clone(), |it, (name, value)| it.setting(*name, *value));
    let primary = sends.start().unwrap();
    let mut writer = Session::over_socket(primary.directory()).unwrap();
    writer.query("CREATE TABLE before (); CHECKPOINT").unwrap();
    let standby = builder.standby_of(&primary).start().unwrap();
    let mut reader = Session::over_socket(standby.directory()).unwrap();
    reader.query("CREATE TABLE here ()").unwrap_err();
    writer.query("CREATE TABLE after ()").unwrap();
    eventually("it has followed", || reader.query("SELECT count(*) FROM after").is_ok());
}

#[test]
fn a_file_is_for_the_server_only() {
    let hba = "local all all reject\n";
    let builder = TemporaryServer::builder().setting("hba_file", "hba.conf");
    let server = builder.file("hba.conf", hba).start().unwrap();
    let file = server.directory().join("hba.conf").metadata().unwrap();
    let owner = server.directory().metadata().unwrap().uid();
    assert_eq!((file.mode() & 0o777, file.uid()), (0o600, owner));
    assert!(Session::over_socket(server.directory()).is_err());
}

fn check_nothing_is_left(holder: Holder, end: fn(Holder)) {
    let (directory, postmaster) = (holder.directory(), holder.postmaster.clone());
    assert!(Session::over_socket(&directory).is_ok());
    end(holder);
    eventually("the directory is gone", || !directory.exists());
    assert!(!is_alive(&postmaster));
}
