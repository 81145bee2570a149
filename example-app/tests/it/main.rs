//! The service as a process, against real PostgreSQL servers.

#![expect(clippy::unwrap_used, reason = "a failed test panics")]

mod app;
mod client;
mod database;
mod migrate;
mod requests;
mod scratch;
mod start;
mod stop;
