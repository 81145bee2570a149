ALTER TABLE accounts ADD COLUMN visits integer NOT NULL DEFAULT 0;
UPDATE accounts SET visits = visits + 1;
INSERT INTO ledger VALUES (3);
