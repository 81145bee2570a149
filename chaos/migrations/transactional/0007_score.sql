UPDATE accounts SET score = score + 1;
INSERT INTO ledger VALUES (7);
