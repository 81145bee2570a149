-- Each file puts a row in here, so that a file which ran twice shows. Nothing is unique on purpose.
CREATE TABLE ledger (version integer NOT NULL, statement integer NOT NULL DEFAULT 0);
CREATE TABLE hooked (version integer NOT NULL);
INSERT INTO ledger VALUES (1);
