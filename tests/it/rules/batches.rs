use super::Server;

/// Each with whether it is a batch: whether it comes to an end when it is repeated.
const BATCHES: [(&str, bool); 7] = [
    ("UPDATE t SET a = 1 WHERE id IN (SELECT id FROM t WHERE a = 0 LIMIT 2)", true),
    ("DELETE FROM t WHERE id IN (SELECT id FROM t FETCH FIRST 2 ROWS ONLY)", true),
    ("INSERT INTO et SELECT 'a', id FROM t WHERE id::text NOT IN (SELECT n FROM et) LIMIT 2", true),
    (
        "WITH d AS (DELETE FROM t WHERE id IN (SELECT id FROM t LIMIT 2) RETURNING id)
         INSERT INTO et SELECT 'a', id FROM d",
        true,
    ),
    (
        "WITH RECURSIVE values AS (SELECT id FROM t WHERE a = 0 LIMIT 2)
         UPDATE t SET a = 1 FROM \"values\" v WHERE v.id = t.id",
        true,
    ),
    (
        "WITH d AS (DELETE FROM t WHERE id IN (SELECT id FROM t LIMIT 2) RETURNING id)
         SELECT count(*) FROM d",
        false,
    ),
    ("WITH d AS (DELETE FROM t WHERE id IN (SELECT id FROM t LIMIT 2)) VALUES (1)", false),
];

#[test]
fn what_a_batch_may_hold_is_counted_by_the_server() {
    let server = Server::new("batches");
    for (statement, ends) in BATCHES {
        let expected: &[_] = if ends { &[] } else { &["batch-statement"] };
        assert_eq!(server.found(&format!("-- migrations: batch\n{statement}")), expected);
        server
            .database
            .execute("TRUNCATE t, et; INSERT INTO t SELECT n, 0 FROM generate_series(1, 5) n");
        let mut client = server.database.client();
        let counts: Vec<_> = (0..4).map(|_| client.execute(statement, &[]).unwrap()).collect();
        assert_eq!(counts == [2, 2, 1, 0], ends, "{statement}: {counts:?}");
    }
}
