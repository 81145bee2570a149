-- migrations: batch
UPDATE bets SET odds = odds + 1 WHERE id IN (SELECT id FROM bets WHERE odds = 0 ORDER BY id LIMIT 100);
