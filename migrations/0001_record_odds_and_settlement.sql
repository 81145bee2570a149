-- The odds of a market move; a bet is paid at those it was placed at.
ALTER TABLE bets
    ADD COLUMN odds numeric(8, 3),
    ADD COLUMN settled_at timestamptz;
