//! What goes wrong, at any step.

use crate::client::Client;
use crate::protocol::{Protocol, State};
use crate::runner::{Runner, Step, Why};
use crate::server::Server;
use crate::session::{Role, SessionId};

impl Protocol {
    /// `kill -9`, and the process is started again some time: the server goes on with what it was sent,
    /// and notices only then.
    pub(crate) fn crash(state: &mut State, process: usize) -> bool {
        let mut has_crashed = false;
        for id in 0..state.runners.len() {
            let runner = &mut state.runners[id];
            if runner.process == process && runner.is_on_its_way() {
                *runner = Runner::new(process);
                state.server.orphan(SessionId::Of(id, Role::Main));
                state.server.orphan(SessionId::Of(id, Role::Worker));
                has_crashed = true;
            }
        }
        state.flights[process] = None;
        has_crashed
    }

    /// A thread panics; its process goes on.
    pub(crate) fn panic(&self, state: &mut State, id: usize) -> bool {
        let is_on_its_way = state.runners[id].is_on_its_way();
        if is_on_its_way {
            Client { protocol: self, state, id }.end(Step::Failed(Why::Panicked));
        }
        is_on_its_way
    }

    /// The connection is lost; the server goes on with what it was sent.
    pub(crate) fn cut(server: &mut Server, id: SessionId) -> bool {
        let Some(session) = open(server, id) else { return false };
        let lost = session.lost();
        server.orphan(id);
        server.sessions.insert(id, lost);
        true
    }

    /// The server's process ends, or never gets the message.
    pub(crate) fn terminate(server: &mut Server, id: SessionId) -> bool {
        let is_open = open(server, id).is_some();
        if is_open {
            server.terminate(id);
        }
        is_open
    }

    /// A process is stopped, for longer than anybody waits for its next statement, and goes on later.
    pub(crate) fn stall(server: &mut Server, id: usize) -> bool {
        let worker = SessionId::Of(id, Role::Worker);
        let session = server.sessions.get_mut(&worker).filter(|it| !it.is_lost && it.is_idle());
        session.is_some_and(|session| !std::mem::replace(&mut session.is_stalled, true))
    }

    /// The server is gone, and comes back with what was committed.
    pub(crate) fn crash_server(server: &mut Server) -> bool {
        server.sessions.retain(|id, _| matches!(id, SessionId::Of(..)));
        let ids: Vec<_> = server.sessions.keys().copied().collect();
        ids.into_iter().filter(|id| Self::terminate(server, *id)).count() > 0
    }
}

fn open(server: &Server, id: SessionId) -> Option<&crate::session::Session> {
    server.sessions.get(&id).filter(|session| !session.is_lost)
}
