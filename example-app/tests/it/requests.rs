use std::net::TcpStream;

use crate::app::{self, App};
use crate::client::{get, post, raw, send, status};
use crate::database;
use local_postgres::TemporaryServer;
use serde_json::json;

#[test]
fn a_bet_is_placed_listed_and_settled() {
    let app = App::start(app::with_database(&database::create("bets")));
    let address = app.address();
    assert_eq!(get(address, "/bets"), (200, json!([])));
    let (status, placed) =
        post(address, "/bets", r#"{"player": "Ada", "market_id": 1, "stake_cents": 500}"#);
    assert_eq!((status, &placed["status"], &placed["odds"]), (201, &json!("open"), &json!(1.85)));
    assert_eq!(get(address, "/bets"), (200, json!([placed])));
    let path = format!("/bets/{}/settle", placed["id"]);
    let (status, settled) = post(address, &path, r#"{"outcome": "won"}"#);
    assert_eq!((status, &settled["status"]), (200, &json!("won")));
    assert!(settled["settled_at"].is_string());
    assert_eq!(post(address, &path, r#"{"outcome": "lost"}"#).0, 409);
    assert_eq!(get(address, "/bets"), (200, json!([settled])));
    app.stop();
}

#[test]
fn a_bad_request_is_told_what_is_bad() {
    let app = App::start(app::with_database(&database::create("bad_requests")));
    let too_large = " ".repeat(20_000);
    for (method, path, body, expected) in [
        ("POST", "/bets", "", 400),
        ("POST", "/bets", "{", 400),
        ("POST", "/bets", r#"{"player": "Ada", "market_id": 1}"#, 400),
        ("POST", "/bets", r#"{"player": "Ada", "market_id": 1, "stake_cents": 0}"#, 400),
        ("POST", "/bets", r#"{"player": "Ada", "market_id": 9, "stake_cents": 1}"#, 400),
        ("POST", "/bets", r#"{"player": "A\u0000", "market_id": 1, "stake_cents": 1}"#, 400),
        ("POST", "/bets", &too_large, 413),
        ("POST", "/bets/1/settle", r#"{"outcome": "open"}"#, 400),
        ("POST", "/bets/1/settle", r#"{"outcome": "won"}"#, 404),
        ("POST", "/bets/one/settle", r#"{"outcome": "won"}"#, 404),
        ("GET", "/nothing", "", 404),
        ("GET", "/bets/1/settle", "", 405),
        ("DELETE", "/bets", "", 405),
    ] {
        let (status, answer) = send(app.address(), method, path, body);
        assert_eq!(status, expected, "{method} {path} {body}: {answer}");
        assert!(answer["error"].is_string(), "{method} {path} {body}: {answer}");
    }
    app.stop();
}

#[test]
fn no_request_ends_the_service() {
    let app = App::start(app::with_database(&database::create("rude_requests")));
    let address = app.address();
    let announced = "POST /bets HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000000000\r\n\r\n";
    assert_eq!(status(&raw(address, announced)), 413);
    for request in ["rubbish\r\n\r\n", "GET /b\0ets HTTP/1.1\r\nHost: x\r\n\r\n"] {
        assert_eq!(status(&raw(address, request)), 400, "{request:?}");
    }
    drop(TcpStream::connect(address).unwrap());
    assert_eq!(get(address, "/bets").0, 200);
    app.stop();
}

#[test]
fn without_the_database_the_service_is_unavailable() {
    let server = TemporaryServer::start().unwrap();
    let app = App::start(app::with_database(&server.url("postgres")));
    drop(server);
    assert_eq!(get(app.address(), "/bets").0, 503);
    assert_eq!(get(app.address(), "/").0, 200);
    app.stop();
}
