CREATE TYPE mood AS ENUM ('calm', 'wild');
ALTER TABLE accounts ADD COLUMN mood mood NOT NULL DEFAULT 'calm';
INSERT INTO ledger VALUES (5);
