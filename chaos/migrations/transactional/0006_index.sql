CREATE INDEX accounts_visits ON accounts (visits);
INSERT INTO ledger VALUES (6);
