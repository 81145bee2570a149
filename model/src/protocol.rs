use stateright::{Model, Property};

use crate::broken::Broken;
use crate::client::Client;
use crate::promises;
use crate::runner::{Runner, Step};
use crate::server::{Kind, Server};
use crate::session::{SessionId, Token};

/// Which runners there are, what they are to apply, and how much goes wrong.
#[derive(Clone, Debug)]
pub struct Protocol {
    /// The migrations, in order.
    pub kinds: Vec<Kind>,
    /// The process of each runner.
    pub processes: Vec<usize>,
    /// How many faults there are at most.
    pub faults: u8,
    /// In which way it is wrong.
    pub broken: Option<Broken>,
    /// The server executes a message at once, but stops before what the file does: so a test can
    /// follow.
    pub by_message: bool,
}

/// All that there is at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// The database and its sessions.
    pub server: Server,
    /// The calls, each in a thread of a process.
    pub runners: Vec<Runner>,
    /// For each process, who is on its way there: `flights`.
    pub flights: Vec<Option<usize>>,
    /// How many faults are still to come.
    pub faults: u8,
    /// Whether a process was stopped, which may then find that another one has taken its work over.
    pub has_stalled: bool,
}

impl State {
    /// One that nobody can take for another: the lowest that is named nowhere, so that what differs in
    /// nothing else is one state.
    pub(crate) fn free_token(&self, runner: usize) -> Token {
        let mut tokens = (0..).map(|number| Token { runner, number });
        tokens.find(|token| !self.names(*token)).expect("a number that is free")
    }

    fn names(&self, token: Token) -> bool {
        let Server { rows, sessions, .. } = &self.server;
        rows.iter().flatten().any(|row| row.names(token))
            || sessions.values().any(|session| session.names(token))
            || self.runners.iter().any(|runner| runner.names(token))
    }
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// A runner reads its answer, and sends its next message.
    Client(usize),
    /// The server executes the next statement of a session, or notices that its client is gone.
    Server(SessionId),
    /// A process is killed.
    Crash(usize),
    /// A thread panics.
    Panic(usize),
    /// A connection is lost.
    Cut(SessionId),
    /// A process of the server ends.
    Terminate(SessionId),
    /// A process is stopped for some seconds.
    Stall(usize),
    /// The server crashes, and starts again.
    CrashServer,
}

impl Protocol {
    /// The right one, of runners in processes of their own.
    #[must_use]
    pub fn new(kinds: &[Kind], runners: usize, faults: u8) -> Self {
        let processes = (0..runners).collect();
        Self { kinds: kinds.to_vec(), processes, faults, broken: None, by_message: false }
    }

    /// The same in threads of one process.
    #[must_use]
    pub fn in_one_process(self) -> Self {
        Self { processes: vec![0; self.processes.len()], ..self }
    }

    /// The same, wrong in one way.
    #[must_use]
    pub fn broken(self, broken: Broken) -> Self {
        Self { broken: Some(broken), ..self }
    }

    /// The same, message by message.
    #[must_use]
    pub fn by_message(self) -> Self {
        Self { by_message: true, ..self }
    }

    /// The step that a runner takes next, before anything else happens.
    #[must_use]
    pub fn next_step(&self, state: &State, id: usize) -> Step {
        let mut next = state.clone();
        self.go_on(&mut next, id);
        next.runners[id].step
    }

    pub(crate) fn is(&self, broken: Broken) -> bool {
        self.broken == Some(broken)
    }

    /// What only reads is executed as it is sent: it matters to nobody when it is if nobody listens.
    fn go_on(&self, state: &mut State, id: usize) -> bool {
        let has_gone_on = Client { protocol: self, state, id }.go_on();
        let session = SessionId::Of(id, state.runners[id].step.role());
        let sent = state.server.sessions.get(&session).and_then(|session| session.queue.front());
        if has_gone_on && sent.is_some_and(|statement| statement.is_read()) {
            self.serve(&mut state.server, session);
        }
        has_gone_on
    }

    /// What a test cannot keep from happening at once: the server does what it has been sent, up to a
    /// gate; a client notices the loss of a connection that it waits for, and comes to its end.
    fn catch_up(&self, state: &mut State, action: Action) {
        self.serve_orphans(&mut state.server);
        if let Action::Cut(SessionId::Of(id, role)) | Action::Terminate(SessionId::Of(id, role)) =
            action
            && state.runners[id].step.role() == role
        {
            self.go_on(state, id);
        }
        if let Action::Server(SessionId::Of(id, _)) | Action::Client(id) = action {
            self.go_on_unseen(state, id);
        }
        self.serve_orphans(&mut state.server);
    }

    /// A client that has nothing more to send cannot be held up by what it sends.
    fn go_on_unseen(&self, state: &mut State, id: usize) {
        let mut next = state.clone();
        let is_quiet = |state: &State| state.runners[id].step.is_quiet();
        if !is_quiet(state) && self.go_on(&mut next, id) && is_quiet(&next) {
            *state = next;
        }
    }

    fn serve_orphans(&self, server: &mut Server) {
        let ids: Vec<_> = server.sessions.keys().copied().collect();
        for id in ids.into_iter().filter(|id| matches!(id, SessionId::Orphan(_))) {
            while server.sessions.get(&id).is_some_and(|session| !session.is_at_gate())
                && self.execute(server, id)
            {}
        }
    }

    fn serve(&self, server: &mut Server, id: SessionId) -> bool {
        let mut goes_on = self.goes_on(server, id);
        let has_executed = self.execute(server, id);
        let mut is_executing = has_executed;
        while is_executing && goes_on {
            goes_on = self.goes_on(server, id);
            is_executing = self.execute(server, id);
        }
        has_executed
    }

    /// Whether the statement behind the next one is executed with it: because nobody else could notice
    /// the difference, or because a test cannot stop there.
    fn goes_on(&self, server: &Server, id: SessionId) -> bool {
        let queue = server.sessions.get(&id).map(|session| &session.queue);
        let Some((next, behind)) = queue.and_then(|it| Some((it.front()?, it.get(1)?))) else {
            return false;
        };
        if self.by_message { !behind.is_gate() } else { next.is_local() }
    }

    /// Whether nothing can happen any more.
    pub(crate) fn is_over(&self, state: &State) -> bool {
        let mut actions = Vec::new();
        self.actions(state, &mut actions);
        actions.into_iter().all(|action| self.next_state(state, action).is_none())
    }
}

impl Protocol {
    /// A test cannot lose a connection between an answer and what its client makes of it.
    fn may_be_lost(&self, state: &State, id: SessionId) -> bool {
        let SessionId::Of(runner, role) = id else { return false };
        let is_answered =
            state.server.sessions[&id].is_idle() && state.runners[runner].step.role() == role;
        !(self.by_message && is_answered)
    }
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let runners: Vec<_> = self.processes.iter().copied().map(Runner::new).collect();
        let server = Server::new(self.kinds.len());
        let flights = vec![None; runners.len()];
        vec![State { server, runners, flights, faults: self.faults, has_stalled: false }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let runners = 0..state.runners.len();
        let sessions = state.server.sessions.keys().copied();
        actions.extend(runners.clone().map(Action::Client));
        actions.extend(sessions.clone().map(Action::Server));
        if state.faults > 0 {
            let sessions: Vec<_> = sessions.filter(|id| self.may_be_lost(state, *id)).collect();
            actions.extend(runners.clone().map(Action::Crash));
            if !self.by_message {
                actions.extend(runners.clone().map(Action::Panic));
                actions.extend(runners.map(Action::Stall));
                actions.push(Action::CrashServer);
            }
            actions.extend(sessions.iter().copied().map(Action::Cut));
            actions.extend(sessions.into_iter().map(Action::Terminate));
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        let is_fault = !matches!(action, Action::Client(_) | Action::Server(_));
        let has_happened = match action {
            Action::Client(id) => self.go_on(&mut state, id),
            Action::Server(id) => self.serve(&mut state.server, id),
            Action::Crash(process) => Self::crash(&mut state, process),
            Action::Panic(id) => self.panic(&mut state, id),
            Action::Cut(id) => Self::cut(&mut state.server, id),
            Action::Terminate(id) => Self::terminate(&mut state.server, id),
            Action::CrashServer => Self::crash_server(&mut state.server),
            Action::Stall(id) => Self::stall(&mut state.server, id),
        };
        if self.by_message {
            self.catch_up(&mut state, action);
        }
        state.faults -= u8::from(is_fault);
        state.has_stalled |= matches!(action, Action::Stall(_));
        has_happened.then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        promises::all()
    }
}
