//! Bets in the database: place one, list the newest, settle one.

use r2d2_postgres::postgres::types::ToSql;
use r2d2_postgres::postgres::{Client, Error, Row};
use serde::{Deserialize, Serialize};

use crate::http::Problem;

/// A bet to be placed, at the odds of the moment.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewBet {
    player: String,
    market_id: i64,
    stake_cents: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settlement {
    pub(crate) outcome: Outcome,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    Won,
    Lost,
}

#[derive(Serialize)]
pub(crate) struct Bet {
    id: i64,
    player: String,
    event: String,
    market: String,
    stake_cents: i64,
    odds: f64,
    status: String,
    placed_at: String,
    settled_at: Option<String>,
}

pub(crate) fn newest(client: &mut Client) -> Result<Vec<Bet>, Error> {
    select(client, "ORDER BY bets.placed_at DESC, bets.id DESC LIMIT 100", &[])
}

pub(crate) fn place(client: &mut Client, bet: &NewBet) -> Result<Bet, Problem> {
    const INSERT: &str = "
        INSERT INTO bets (player_id, market_id, stake_cents, odds)
        SELECT players.id, markets.id, $3, markets.odds
        FROM players, markets
        WHERE players.name = $1 AND markets.id = $2
        RETURNING id";
    let NewBet { player, market_id, stake_cents } = bet;
    if *stake_cents <= 0 {
        return Err(Problem::bad_request("stake_cents: has to be more than 0"));
    }
    let placed = client.query_opt(INSERT, &[player, market_id, stake_cents])?;
    let unknown = || format!("there is no player `{player}`, or no market {market_id}");
    let row = placed.ok_or_else(|| Problem::bad_request(unknown()))?;
    find(client, row.get(0))
}

pub(crate) fn settle(client: &mut Client, id: i64, outcome: Outcome) -> Result<Bet, Problem> {
    const UPDATE: &str = "
        UPDATE bets SET status = $2::text::bet_status, settled_at = now()
        WHERE id = $1 AND status = 'open'";
    let settled = client.execute(UPDATE, &[&id, &outcome.status()])?;
    let bet = find(client, id)?;
    if settled == 0 {
        return Err(Problem::conflict(format!("bet {id} is settled already: {}", bet.status)));
    }
    Ok(bet)
}

fn find(client: &mut Client, id: i64) -> Result<Bet, Problem> {
    let mut found = select(client, "WHERE bets.id = $1", &[&id])?;
    found.pop().ok_or_else(|| Problem::not_found(format!("there is no bet {id}")))
}

fn select(
    client: &mut Client,
    which: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Bet>, Error> {
    const SELECT: &str = r#"
        SELECT bets.id, players.name AS player, events.title AS event, markets.name AS market,
            stake_cents, bets.odds::float8 AS odds, status::text AS status,
            to_char(placed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS placed_at,
            to_char(settled_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS settled_at
        FROM bets
        JOIN players ON players.id = player_id
        JOIN markets ON markets.id = market_id
        JOIN events ON events.id = event_id"#;
    let rows = client.query(&format!("{SELECT} {which}"), parameters)?;
    rows.iter().map(Bet::read).collect()
}

impl Bet {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.try_get("id")?,
            player: row.try_get("player")?,
            event: row.try_get("event")?,
            market: row.try_get("market")?,
            stake_cents: row.try_get("stake_cents")?,
            odds: row.try_get("odds")?,
            status: row.try_get("status")?,
            placed_at: row.try_get("placed_at")?,
            settled_at: row.try_get("settled_at")?,
        })
    }
}

impl Outcome {
    fn status(self) -> &'static str {
        match self {
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }
}
