//! Which request leads where.

use oxhttp::model::{Method, StatusCode, Uri};
use serde_json::json;

use crate::bets::{self, NewBet, Settlement};
use crate::database::Pool;
use crate::http::{Answer, Problem, parse};
use crate::page::{self, Refresh};
use crate::readiness::{Readiness, Start};

const HELP: &str = "\
GET  /bets              the newest bets
POST /bets              place one: {\"player\": \"Ada\", \"market_id\": 1, \"stake_cents\": 500}
POST /bets/{id}/settle  end one: {\"outcome\": \"won\"} or {\"outcome\": \"lost\"}
GET  /healthz           whether the process is up
GET  /readyz            whether the schema is current and the database answers
GET  /migrations        the state of the migrations, for people
";

pub(crate) fn answer(
    method: &Method,
    uri: &Uri,
    body: &[u8],
    pool: &Pool,
    readiness: &Readiness,
) -> Result<Answer, Problem> {
    let path = uri.path();
    let segments: Vec<_> = path.trim_matches('/').split('/').collect();
    match (method, segments.as_slice()) {
        (&Method::GET, ["healthz"]) => Ok(Answer::Text("ok\n")),
        (&Method::GET, ["readyz"]) => ready(readiness),
        (&Method::GET, ["migrations"]) => Ok(migrations(readiness, Refresh::of_query(uri.query()))),
        (&Method::GET, ["migrations.css"]) => Ok(Answer::Style(page::STYLE)),
        (_, ["healthz" | "readyz" | "migrations" | "migrations.css"]) => {
            Err(Problem::method_not_allowed("GET"))
        }
        _ if readiness.start() != Start::Done => {
            Err(Problem::unavailable("the database is not migrated yet"))
        }
        (&Method::GET, [""]) => Ok(Answer::Text(HELP)),
        (&Method::GET, ["bets"]) => list(pool),
        (&Method::POST, ["bets"]) => place(body, pool),
        (&Method::POST, ["bets", id, "settle"]) => settle(id, body, pool),
        (_, [""]) => Err(Problem::method_not_allowed("GET")),
        (_, ["bets"]) => Err(Problem::method_not_allowed("GET, POST")),
        (_, ["bets", _, "settle"]) => Err(Problem::method_not_allowed("POST")),
        _ => Err(Problem::not_found(format!("there is nothing at {path}"))),
    }
}

fn ready(readiness: &Readiness) -> Result<Answer, Problem> {
    match readiness.check() {
        Ok(()) => Answer::json(StatusCode::OK, &json!({ "ready": true })),
        Err(reason) => {
            let answer = json!({ "ready": false, "reason": reason });
            Answer::json(StatusCode::SERVICE_UNAVAILABLE, &answer)
        }
    }
}

fn migrations(readiness: &Readiness, refresh: Refresh) -> Answer {
    let (is_known, page) = page::page(readiness, refresh);
    let status = if is_known { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Answer::Html(status, page)
}

fn list(pool: &Pool) -> Result<Answer, Problem> {
    let bets = bets::newest(&mut *pool.get()?)?;
    Answer::json(StatusCode::OK, &bets)
}

fn place(body: &[u8], pool: &Pool) -> Result<Answer, Problem> {
    let bet: NewBet = parse(body)?;
    let placed = bets::place(&mut *pool.get()?, &bet)?;
    Answer::json(StatusCode::CREATED, &placed)
}

fn settle(id: &str, body: &[u8], pool: &Pool) -> Result<Answer, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found(format!("there is no bet `{id}`")))?;
    let Settlement { outcome } = parse(body)?;
    let settled = bets::settle(&mut *pool.get()?, id, outcome)?;
    Answer::json(StatusCode::OK, &settled)
}
