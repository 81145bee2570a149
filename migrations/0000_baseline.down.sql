-- The bets go with their tables.
DROP TABLE bets, markets, events, players;

DROP FUNCTION set_updated_at();

DROP TYPE bet_status;
