-- migrations: after=totals
CREATE OR REPLACE FUNCTION visits_of(account integer) RETURNS integer LANGUAGE sql STABLE AS
$$ SELECT visits FROM accounts WHERE id = account $$;
