use std::io;

use postgres::Client;
use r2d2::{ManageConnection, Pool};

use super::args::Unlock;
use super::console::Console;
use super::documents::Unlocked;
use super::exit::Exit;
use super::failure::Failure;
use super::output::Found;
use crate::lock::Holder;
use crate::runner::Runner;

/// Names who holds the lock, or ends it.
pub(super) fn run<M>(runner: &Runner, unlock: &Unlock, pool: &Pool<M>) -> Result<Held, Failure>
where
    M: ManageConnection<Connection = Client>,
{
    let holder = if unlock.terminate {
        runner.terminate_lock_holder(pool)?
    } else {
        runner.lock_holder(pool)?
    };
    Ok(Held { set: runner.name().into(), holder, is_ended: unlock.terminate })
}

pub(super) struct Held {
    set: String,
    holder: Option<Holder>,
    is_ended: bool,
}

impl Found for Held {
    type Document = Unlocked;

    fn document(&self) -> Unlocked {
        let terminated = self.is_ended && self.holder.is_some();
        Unlocked { set: self.set.clone(), holder: self.holder.as_ref().map(Into::into), terminated }
    }

    fn write(&self, console: &mut Console<'_>) -> io::Result<()> {
        let program = &console.program;
        match (&self.holder, self.is_ended) {
            (None, _) => writeln!(console.out, "Nobody holds the lock"),
            (Some(holder), true) => writeln!(console.out, "Ended {holder}"),
            (Some(holder), false) => writeln!(
                console.out,
                "Held by {holder}\n  = next: wait until it is done; if it hangs, end it with \
                 `{program} unlock --terminate`"
            ),
        }
    }

    fn exit(&self) -> Exit {
        if self.holder.is_some() && !self.is_ended { Exit::Lock } else { Exit::Done }
    }
}
