CREATE TABLE accounts (id integer PRIMARY KEY, score integer NOT NULL DEFAULT 0);
INSERT INTO accounts (id) SELECT generate_series(1, 600);
INSERT INTO ledger VALUES (2);
