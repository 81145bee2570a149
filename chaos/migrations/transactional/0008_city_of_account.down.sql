ALTER TABLE accounts DROP COLUMN city;
ALTER TABLE cities DROP CONSTRAINT cities_pkey;
DELETE FROM ledger WHERE version = 8;
