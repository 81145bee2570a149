-- migrations: no-transaction, allow=mixed-statements
CREATE INDEX CONCURRENTLY bets_player ON bets (player);
INSERT INTO ledger VALUES (2, 2);
DROP INDEX CONCURRENTLY bets_old;
CREATE UNIQUE INDEX CONCURRENTLY bets_id ON bets (id);
INSERT INTO ledger VALUES (2, 5);
