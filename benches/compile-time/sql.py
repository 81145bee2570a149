"""Deterministic SQL that PostgreSQL accepts in this order: the same bytes on every machine."""

KINDS = 5

COLUMNS = [
    ("customer_id", "bigint NOT NULL"),
    ("reference", "text NOT NULL DEFAULT ''"),
    ("amount", "numeric(14, 2) NOT NULL CHECK (amount >= 0)"),
    ("currency", "char(3) NOT NULL DEFAULT 'EUR'"),
    ("state", "text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'paid', 'void'))"),
    ("attributes", "jsonb NOT NULL DEFAULT '{}'::jsonb"),
    ("tags", "text[] NOT NULL DEFAULT ARRAY[]::text[]"),
    ("valid_from", "timestamptz NOT NULL DEFAULT now()"),
    ("valid_until", "timestamptz"),
    ("created_at", "timestamptz NOT NULL DEFAULT now()"),
    ("updated_at", "timestamptz NOT NULL DEFAULT now()"),
]


def create_table(n):
    columns = ",\n".join(f"    {name} {kind}" for name, kind in COLUMNS)
    return f"""-- Orders of region {n}: one row for each order that a customer has placed there.
CREATE TABLE orders_{n} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
{columns},
    CONSTRAINT orders_{n}_valid CHECK (valid_until IS NULL OR valid_until > valid_from)
);

COMMENT ON TABLE orders_{n} IS 'Orders of region {n}; what is void stays, for the books.';
COMMENT ON COLUMN orders_{n}.reference IS 'The customer''s own number, as it came.';
"""


def alter_table(n):
    return f"""-- Region {n} takes part in the loyalty programme, and ships by itself.
ALTER TABLE orders_{n}
    ADD COLUMN loyalty_points integer NOT NULL DEFAULT 0,
    ADD COLUMN shipped_at timestamptz,
    ADD COLUMN shipping_address text,
    ADD COLUMN discount numeric(5, 2) NOT NULL DEFAULT 0;

ALTER TABLE orders_{n}
    ADD CONSTRAINT orders_{n}_points CHECK (loyalty_points BETWEEN 0 AND 1000000),
    ADD CONSTRAINT orders_{n}_discount CHECK (discount >= 0 AND discount <= 100);

ALTER TABLE orders_{n} ALTER COLUMN attributes SET DEFAULT '{{"source": "web"}}'::jsonb;
ALTER TABLE orders_{n} ALTER COLUMN reference DROP DEFAULT;

/* What was imported from the old system has no address: these are
   picked up in person, and counted as shipped on the day. */
UPDATE orders_{n}
SET shipped_at = created_at, shipping_address = 'picked up'
WHERE shipped_at IS NULL AND state = 'paid' AND created_at < TIMESTAMP '2020-01-01';
"""


def create_index(n):
    return f"""-- What the back office searches by.
CREATE INDEX orders_{n}_customer ON orders_{n} (customer_id, created_at DESC);
CREATE UNIQUE INDEX orders_{n}_reference ON orders_{n} (lower(reference)) WHERE reference <> '';
CREATE INDEX orders_{n}_open ON orders_{n} (created_at) WHERE state = 'new';
CREATE INDEX orders_{n}_attributes ON orders_{n} USING gin (attributes jsonb_path_ops);
CREATE INDEX orders_{n}_tags ON orders_{n} USING gin (tags);

CREATE INDEX orders_{n}_shipped ON orders_{n} (shipped_at)
    INCLUDE (customer_id, amount) WHERE shipped_at IS NOT NULL;

CREATE VIEW open_orders_{n} AS
SELECT o.id, o.customer_id, o.amount - o.amount * o.discount / 100 AS due, o.created_at
FROM orders_{n} AS o
WHERE o.state = 'new' AND (o.valid_until IS NULL OR o.valid_until > now())
ORDER BY o.created_at;

CREATE VIEW order_sums_{n} AS
SELECT customer_id, count(*) AS orders, sum(amount) AS amount, max(created_at) AS newest
FROM orders_{n} WHERE state <> 'void' GROUP BY customer_id HAVING count(*) > 1;
"""


def row(n, i):
    return (
        f"    ({1000 + (n * 31 + i * 7) % 9000}, 'R{n}-{i:06}', {(i * 37) % 10000}.{i % 100:02}, "
        f"'EUR', 'paid', '{{\"item\": {i}, \"note\": \"it''s urgent\"}}', "
        f"'2024-{1 + i % 12:02}-{1 + i % 28:02} 08:{i % 60:02}:00+00')"
    )


def insert(n, first, count):
    rows = ",\n".join(row(n, i) for i in range(first, first + count))
    return f"""INSERT INTO orders_{n} (customer_id, reference, amount, currency, state, attributes, created_at)
VALUES
{rows};
"""


def function(n, name):
    return f"""CREATE FUNCTION {name}(wanted bigint, OUT points integer)
LANGUAGE plpgsql STABLE
AS $body$
DECLARE
    factor numeric := 1.5; -- since 2021
    found_order orders_{n}%ROWTYPE;
BEGIN
    points := 0;
    FOR found_order IN
        SELECT * FROM orders_{n} WHERE customer_id = wanted AND state = 'paid'
    LOOP
        IF found_order.amount > 1000 THEN
            points := points + floor(found_order.amount * factor);
        ELSE
            points := points + floor(found_order.amount);
        END IF;
    END LOOP;
    IF points > 100000 THEN
        RAISE NOTICE 'customer % has % points', wanted, points;
    END IF;
END
$body$;
"""


def trigger(n):
    return f"""CREATE FUNCTION orders_{n}_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now(); -- whatever was written
    RETURN NEW;
END
$$;

CREATE TRIGGER orders_{n}_touch BEFORE UPDATE ON orders_{n}
FOR EACH ROW EXECUTE FUNCTION orders_{n}_touch();
"""


def many(n):
    """The text of file `n` (from 0) of the folder of many files."""
    table, kind = divmod(n, KINDS)
    return [
        lambda: create_table(table),
        lambda: alter_table(table),
        lambda: create_index(table),
        lambda: insert(table, 0, 8),
        lambda: function(table, f"points_of_region_{table}") + "\n" + trigger(table),
    ][kind]()


def large(size):
    """One text of `size` bytes at least: a table, and INSERTs of 20 rows and functions."""
    parts = [create_table(0), "\n"]
    length = sum(map(len, parts))
    n = 0
    while length < size:
        part = function(0, f"points_{n}") if n % 4 == 3 else insert(0, n * 20, 20)
        parts += [part, "\n"]
        length += len(part) + 1
        n += 1
    return "".join(parts)
