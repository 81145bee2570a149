-- migrations: no-transaction, allow=mixed-statements
ALTER TYPE mood ADD VALUE 'wild';
REINDEX INDEX CONCURRENTLY bets_player;
VACUUM bets;
INSERT INTO ledger VALUES (3, 4);
