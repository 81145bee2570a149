//! Which step of the model a message of the real runner belongs to.

/// The name of the step; nothing for a message that the model leaves out.
pub(super) fn name(sql: &str) -> Option<&'static str> {
    let has = |text: &str| sql.contains(text);
    let (is_lock, is_id) =
        (has("migrations_runtime_locked"), has("migrations_runtime_transaction"));
    if has(" AS digest") {
        Some("Ask")
    } else if has("migrations_runtime: there is no row to complete") {
        Some("Apply")
    } else if sql.starts_with("COMMIT; ") && is_lock {
        Some(if is_id { "Transaction" } else { "Hold" })
    } else if is_lock {
        Some("TryLock")
    } else if is_id {
        Some("Look")
    } else if sql.starts_with("CREATE ") {
        Some("Create")
    } else if has("pg_xact_status") {
        Some("Fate")
    } else if has("/* applying %") {
        Some("LeftBehind")
    } else {
        entry(sql)
    }
}

/// What is written into the row of a file whose statements run one by one, and its statements.
fn entry(sql: &str) -> Option<&'static str> {
    let has = |text: &str| sql.contains(text);
    if has("INSERT INTO ") && has(", worker, rows_done)") || has(" SET name = ") {
        Some("WriteBegin")
    } else if has(" SET statements_done = ") {
        Some(if has("COMMIT") { "Joint" } else { "WriteDone" })
    } else if has(" SET in_flight = 'sha256:") {
        Some("PutInFlight")
    } else if has(" SET duration = ") {
        Some("WriteFinish")
    } else if has("CALL take_effect()") {
        Some("SendAlone")
    } else {
        None
    }
}
