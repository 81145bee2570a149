ALTER TABLE bets
    DROP COLUMN settled_at,
    DROP COLUMN odds;
