CREATE TABLE after_all (id integer NOT NULL);
INSERT INTO ledger VALUES (7, 0);
