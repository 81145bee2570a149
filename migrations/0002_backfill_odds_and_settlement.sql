-- The odds at the time were not kept: today's are the best that is known.
UPDATE bets
SET odds       = markets.odds,
    settled_at = CASE WHEN bets.status <> 'open' THEN bets.updated_at END
FROM markets
WHERE markets.id = bets.market_id;

ALTER TABLE bets
    ALTER COLUMN odds SET NOT NULL,
    ADD CONSTRAINT bets_odds_check CHECK (odds > 1),
    ADD CONSTRAINT bets_settled_check CHECK ((status = 'open') = (settled_at IS NULL));
