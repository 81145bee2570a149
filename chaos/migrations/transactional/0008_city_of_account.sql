ALTER TABLE cities ADD PRIMARY KEY (id);
ALTER TABLE accounts ADD COLUMN city integer REFERENCES cities;
UPDATE accounts SET city = 1 + id % 60;
INSERT INTO ledger VALUES (8);
