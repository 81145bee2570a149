-- Players bet on the markets of an event: "who wins", "more than two goals" and so on.

CREATE TYPE bet_status AS ENUM ('open', 'won', 'lost');

CREATE TABLE players (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL UNIQUE CHECK (name <> ''),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE events (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title     text NOT NULL CHECK (title <> ''),
    starts_at timestamptz NOT NULL,
    UNIQUE (title, starts_at)
);

CREATE TABLE markets (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id bigint NOT NULL REFERENCES events ON DELETE CASCADE,
    name     text NOT NULL CHECK (name <> ''),
    odds     numeric(8, 3) NOT NULL CHECK (odds > 1),
    UNIQUE (event_id, name)
);

-- A market on which somebody has bet cannot go, hence no cascade here.
CREATE TABLE bets (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    player_id   bigint NOT NULL REFERENCES players,
    market_id   bigint NOT NULL REFERENCES markets,
    stake_cents bigint NOT NULL CHECK (stake_cents > 0),
    status      bet_status NOT NULL DEFAULT 'open',
    placed_at   timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION set_updated_at() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END;
$$;

CREATE TRIGGER bets_set_updated_at
BEFORE UPDATE ON bets
FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- Something to bet on in a new installation.
INSERT INTO players (name) VALUES ('Ada'), ('Blaise'), ('Sofya');

INSERT INTO events (title, starts_at) VALUES ('Harbour Derby', '2030-05-04 18:30+00');

INSERT INTO markets (event_id, name, odds)
SELECT id, market.name, market.odds
FROM events, (VALUES ('home wins', 1.850), ('draw', 3.400), ('away wins', 4.200)) AS market (name, odds)
WHERE title = 'Harbour Derby';
