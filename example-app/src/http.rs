//! JSON over HTTP: bodies, answers and problems.

use std::io::{self, Read as _};

use oxhttp::model::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
};
use oxhttp::model::{Body, HeaderValue, Request, Response, StatusCode};
use r2d2_postgres::postgres::{self, error::SqlState};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::failure;

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
/// Nothing but the one style sheet, and no script.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'none'";
const MAX_BODY: u64 = 16 * 1024;
/// Up to here the library reads what is too large, because some clients take no answer before that.
const MAX_DISCARDED: u64 = 1024 * 1024;

/// What a request leads to when it can be done.
pub(crate) enum Answer {
    Text(&'static str),
    Style(&'static str),
    Html(StatusCode, String),
    Json(StatusCode, serde_json::Value),
}

impl Answer {
    pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Result<Self, Problem> {
        let value = serde_json::to_value(value).map_err(|error| Problem::internal(&error))?;
        Ok(Self::Json(status, value))
    }
}

/// What a request leads to when it cannot be done.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    message: String,
    allow: Option<&'static str>,
}

impl Problem {
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    pub(crate) fn method_not_allowed(allow: &'static str) -> Self {
        let message = format!("allowed here: {allow}");
        Self { allow: Some(allow), ..Self::new(StatusCode::METHOD_NOT_ALLOWED, message) }
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }

    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, message)
    }

    /// The cause is for the log, not for the client.
    fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        log::error!("Failed to answer: {}", failure::message(error));
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error")
    }

    fn no_database(error: &(dyn std::error::Error + 'static)) -> Self {
        log::warn!("Failed to reach the database: {}", failure::message(error));
        Self::unavailable("the database cannot be reached")
    }

    fn too_large() -> Self {
        let message = format!("the body is larger than {MAX_BODY} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    #[expect(clippy::needless_pass_by_value, reason = "an adapter for `map_err`")]
    fn unreadable(error: io::Error) -> Self {
        let timeouts = [io::ErrorKind::TimedOut, io::ErrorKind::WouldBlock];
        if timeouts.contains(&error.kind()) {
            return Self::new(StatusCode::REQUEST_TIMEOUT, "the body takes too long");
        }
        Self::bad_request(format!("body: {error}"))
    }

    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), allow: None }
    }
}

impl From<r2d2::Error> for Problem {
    fn from(error: r2d2::Error) -> Self {
        Self::no_database(&error)
    }
}

impl From<postgres::Error> for Problem {
    fn from(error: postgres::Error) -> Self {
        match error.as_db_error() {
            Some(refused) if is_shutdown(refused.code()) => Self::no_database(&error),
            Some(refused) if is_about_data(refused.code()) => Self::bad_request(refused.message()),
            None if error.is_closed() => Self::no_database(&error),
            _ => Self::internal(&error),
        }
    }
}

fn is_shutdown(code: &SqlState) -> bool {
    [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW]
        .contains(code)
}

/// Class 22, "data exception": a NUL character in a text and the like.
fn is_about_data(code: &SqlState) -> bool {
    code.code().starts_with("22")
}

impl From<Answer> for Response<Body> {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Text(text) => response(StatusCode::OK, TEXT, text),
            Answer::Style(text) => response(StatusCode::OK, CSS, text),
            Answer::Html(status, page) => html(status, page),
            Answer::Json(status, value) => response(status, JSON, value.to_string()),
        }
    }
}

impl From<Problem> for Response<Body> {
    fn from(Problem { status, message, allow }: Problem) -> Self {
        let mut response = response(status, JSON, json!({ "error": message }).to_string());
        if let Some(allow) = allow {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}

fn html(status: StatusCode, page: String) -> Response<Body> {
    let mut response = response(status, HTML, page);
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn response(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// The whole body, which is empty where there is none.
pub(crate) fn read_body(request: &mut Request<Body>) -> Result<Vec<u8>, Problem> {
    let announced = request.body().len();
    if announced.is_some_and(|length| (MAX_BODY + 1..MAX_DISCARDED).contains(&length)) {
        return Err(Problem::too_large());
    }
    let is_too_large = announced.is_some_and(|length| length > MAX_BODY);
    let body = if is_too_large { Err(Problem::too_large()) } else { read(request.body_mut()) };
    body.inspect_err(|_| leave_unread(request))
}

fn read(body: &mut Body) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    body.take(MAX_BODY + 1).read_to_end(&mut bytes).map_err(Problem::unreadable)?;
    if bytes.len() as u64 > MAX_BODY { Err(Problem::too_large()) } else { Ok(bytes) }
}

/// Otherwise the library reads all that is still to come before it answers, however much that is.
fn leave_unread(request: &mut Request<Body>) {
    *request.body_mut() = Body::empty();
    request.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
}

/// What the JSON of a body means.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::bad_request(format!("body: {error}")))
}
