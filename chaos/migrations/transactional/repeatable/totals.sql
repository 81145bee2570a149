CREATE OR REPLACE VIEW totals AS SELECT sum(visits) AS visits, sum(score) AS score FROM accounts;
