use crate::process::{Holder, binary, eventually, is_alive};
use crate::session::Session;
use local_postgres::{TemporaryPooler, TemporaryServer};

#[test]
fn passes_on_and_leaves_nothing() {
    let server = TemporaryServer::start().unwrap();
    let pooler = TemporaryPooler::start(&server, &[("pool_mode", "transaction")]).unwrap();
    let (socket, pid) = (pooler.socket(), pooler.pid().unwrap().to_string());
    let mut session = Session::over(&socket).unwrap();
    assert_eq!(session.query("SELECT 42").unwrap(), "42");
    // A client that stays holds nothing up.
    drop(pooler);
    assert!(!socket.parent().unwrap().exists());
    assert!(!is_alive(&pid));
}

#[test]
fn a_killed_owner_leaves_nothing() {
    let holder = Holder::start(binary().arg("--pooler"));
    let (directory, pid) = (holder.directory(), holder.postmaster.clone());
    assert!(is_alive(&pid));
    holder.kill();
    eventually("the pooler is gone", || !is_alive(&pid));
    eventually("the directory is gone", || !directory.exists());
}

#[test]
fn a_wrong_setting_is_told_with_the_log() {
    let server = TemporaryServer::start().unwrap();
    let error = TemporaryPooler::start(&server, &[("pool_mode", "nonsense")]).unwrap_err();
    assert!(error.to_string().contains("pool_mode"), "{error}");
}
