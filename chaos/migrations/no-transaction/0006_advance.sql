-- migrations: no-transaction, allow=mixed-statements
-- It commits by itself, so that nobody but people can tell what is done of it after a crash.
CALL advance();
INSERT INTO ledger VALUES (6, 3);
