-- A twin of every relation of pg_catalog, in a schema that names are looked up in before that one;
-- without columns of a pseudo-type, which a view cannot have.
DO $do$
DECLARE
    twin record;
BEGIN
    FOR twin IN
        SELECT relname AS name, string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON attrelid = c.oid
        WHERE relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND relkind IN ('r', 'v')
        AND attnum > 0 AND atttypid NOT IN (
            'pg_catalog.anyarray'::pg_catalog.regtype, 'pg_catalog.pg_statistic[]'::pg_catalog.regtype
        )
        GROUP BY relname
    LOOP
        EXECUTE format(
            'CREATE TEMPORARY VIEW %I AS SELECT %s FROM pg_catalog.%I WHERE public.planted(''relation %s'')',
            twin.name, twin.columns, twin.name, twin.name
        );
    END LOOP;
END
$do$;
SET search_path = mine, public, pg_temp, pg_catalog;
