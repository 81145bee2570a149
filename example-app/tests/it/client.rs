//! One HTTP request.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

/// The status and the body.
pub(crate) fn get(address: SocketAddr, path: &str) -> (u16, Value) {
    send(address, "GET", path, "")
}

/// The status and the body.
pub(crate) fn post(address: SocketAddr, path: &str, body: &str) -> (u16, Value) {
    send(address, "POST", path, body)
}

/// The status and the body.
pub(crate) fn send(address: SocketAddr, method: &str, path: &str, body: &str) -> (u16, Value) {
    let length = body.len();
    let text = raw(
        address,
        &format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        ),
    );
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (status(head), serde_json::from_str(body).unwrap_or_else(|_| body.into()))
}

/// What comes back until the server closes the connection.
pub(crate) fn raw(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = BufReader::new(stream);
    let mut text = String::new();
    while !text.ends_with("\r\n\r\n") && response.read_line(&mut text).unwrap() > 0 {}
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    // Some servers leave the connection open.
    let mut body = response.take(length.unwrap_or(u64::MAX));
    body.read_to_string(&mut text).unwrap();
    text
}

pub(crate) fn status(response: &str) -> u16 {
    response.split(' ').nth(1).unwrap().parse().unwrap()
}
