-- In `public`, a twin of every function, operator, type and relation of pg_catalog that can have one.
-- To use any of them is an error, which the server logs, whatever the client makes of it.
CREATE FUNCTION public.planted(what pg_catalog.text) RETURNS boolean LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'planted: %', what; END $$;

DO $do$
DECLARE
    twin record;
BEGIN
    FOR twin IN
        SELECT p.proname AS name, string_agg(format_type(a.type, NULL), ', ' ORDER BY a.number) AS arguments,
            CASE WHEN p.proretset THEN 'SETOF ' ELSE '' END || format_type(p.prorettype, NULL) AS result
        FROM pg_proc p
        LEFT JOIN LATERAL unnest(p.proargtypes) WITH ORDINALITY a (type, number) ON true
        LEFT JOIN pg_type t ON t.oid = a.type
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND p.provariadic = 0
        AND p.prorettype NOT IN (SELECT oid FROM pg_type WHERE typtype = 'p')
        GROUP BY p.oid HAVING bool_and(t.typtype IS DISTINCT FROM 'p')
    LOOP
        EXECUTE format(
            'CREATE FUNCTION public.%I(%s) RETURNS %s LANGUAGE plpgsql AS
            $f$ BEGIN RAISE EXCEPTION ''planted: function %s''; END $f$',
            twin.name, twin.arguments, twin.result, twin.name
        );
    END LOOP;
    FOR twin IN
        SELECT oid, oprname AS name, oprkind, oprleft::regtype AS l, oprright::regtype AS r, oprresult::regtype AS result
        FROM pg_operator WHERE oprnamespace = 'pg_catalog'::regnamespace AND NOT EXISTS (
            SELECT FROM pg_type WHERE typtype = 'p' AND oid IN (oprleft, oprright, oprresult)
        )
    LOOP
        EXECUTE format(
            'CREATE FUNCTION public.operator_%s(%s) RETURNS %s LANGUAGE plpgsql AS
            $f$ BEGIN RAISE EXCEPTION ''planted: operator %s''; END $f$',
            twin.oid, concat_ws(', ', nullif(twin.l::text, '-'), twin.r), twin.result, replace(twin.name, '%', '%%')
        );
        EXECUTE format(
            'CREATE OPERATOR public.%s (%s RIGHTARG = %s, FUNCTION = public.operator_%s)',
            twin.name, CASE WHEN twin.oprkind = 'b' THEN 'LEFTARG = ' || twin.l || ',' END, twin.r, twin.oid
        );
    END LOOP;
    FOR twin IN
        SELECT typname AS name FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace
        AND typtype = 'b' AND typelem = 0 AND typname NOT LIKE '\_%'
    LOOP
        EXECUTE format(
            'CREATE DOMAIN public.%I AS pg_catalog.%I CHECK (public.planted(''type %s''))',
            twin.name, twin.name, twin.name
        );
    END LOOP;
END
$do$;
