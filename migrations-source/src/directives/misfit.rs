use super::item::Item;
use super::{ACCEPT, AFTER, ALLOW, LOCK_TIMEOUT, STATEMENT_TIMEOUT};
use crate::finding::Finding;
use crate::kind::Kind;

/// Says of a directive that has no place in a file of this kind what to do instead.
pub(super) fn misfit(kind: Kind, name: &str, item: &Item<'_>) -> Option<Finding> {
    let help = match (kind, name) {
        (Kind::Versioned, AFTER) => {
            "remove it: migrations are applied in the order of their versions"
        }
        (Kind::Versioned, _)
        | (Kind::Repeatable, AFTER)
        | (_, ALLOW | LOCK_TIMEOUT | STATEMENT_TIMEOUT) => return None,
        (Kind::Down, AFTER) => "remove it: what was applied last is reverted first",
        (_, ACCEPT) => "remove it: no checksum keeps such a file from being edited",
        (Kind::Down, _) => {
            "remove it: a down file runs in one transaction, with the removal of its history row; what \
             cannot do that is reverted by a new migration that goes forward"
        }
        (Kind::Repeatable, _) => {
            "remove it: a repeatable object is applied in one transaction; what cannot be belongs into \
             a migration"
        }
    };
    let message = format!("the directive `{name}` does not count in a {kind}");
    Some(item.refuse(message, help))
}
