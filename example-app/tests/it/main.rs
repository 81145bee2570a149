//! The service as a process, against real PostgreSQL servers.

#![expect(clippy::unwrap_used, reason = "a failed test panics")]

mod app;
mod browser;
mod client;
mod database;
mod migrate;
mod page;
mod ready;
mod requests;
mod scratch;
mod start;
mod stop;
