-- Each step that can puts a row in here, so that one which ran twice shows. Nothing is unique on purpose.
CREATE TABLE ledger (version integer NOT NULL, statement integer NOT NULL);
CREATE TABLE hooked (version integer NOT NULL);
CREATE TABLE bets (id integer NOT NULL, player text NOT NULL, odds integer NOT NULL DEFAULT 0);
INSERT INTO bets (id, player) SELECT n, 'player ' || n % 100 FROM generate_series(1, 600) n;
CREATE INDEX bets_old ON bets (player, id);
CREATE TYPE mood AS ENUM ('calm');
CREATE TABLE parts (id integer NOT NULL) PARTITION BY LIST (id);
CREATE TABLE parts_one PARTITION OF parts FOR VALUES IN (1);
INSERT INTO parts VALUES (1);
CREATE PROCEDURE advance() LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger VALUES (6, 1);
    COMMIT;
    INSERT INTO ledger VALUES (6, 2);
END $$;
INSERT INTO ledger VALUES (1, 0);
