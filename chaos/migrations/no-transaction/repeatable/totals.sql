CREATE OR REPLACE VIEW totals AS SELECT sum(odds) AS odds FROM bets;
