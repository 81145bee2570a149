UPDATE accounts SET score = score - 1;
DELETE FROM ledger WHERE version = 7;
