//! An empty database for each test, all on one temporary server.

use std::sync::OnceLock;

use local_postgres::TemporaryServer;
use r2d2_postgres::postgres::{Client, NoTls};

/// The URL of a new, empty database.
pub(crate) fn create(name: &str) -> String {
    static SERVER: OnceLock<TemporaryServer> = OnceLock::new();
    let server = SERVER.get_or_init(|| TemporaryServer::start().unwrap());
    execute(&server.url("postgres"), &format!("CREATE DATABASE {name}"));
    server.url(name)
}

pub(crate) fn execute(url: &str, sql: &str) {
    connect(url).batch_execute(sql).unwrap();
}

pub(crate) fn connect(url: &str) -> Client {
    Client::connect(url, NoTls).unwrap()
}
