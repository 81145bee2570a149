-- A player's bets, newest first.
CREATE INDEX bets_player_id_placed_at_idx ON bets (player_id, placed_at DESC);

-- Settling a market looks for its open bets only, and those stay few.
CREATE INDEX bets_open_market_id_idx ON bets (market_id) WHERE status = 'open';

-- The list shows the newest bets of all.
CREATE INDEX bets_placed_at_idx ON bets (placed_at DESC, id DESC);
