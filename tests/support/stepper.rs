use std::io::{self, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use crate::proxy::{read_message, startup};

/// A proxy before a server that holds messages back until it is told to let each go.
#[derive(Debug)]
pub struct Stepper {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    /// What a message is, if it is one to be held back.
    name: fn(&str) -> Option<&'static str>,
}

#[derive(Debug, Default)]
struct State {
    is_open: bool,
    /// What is held back, by connection.
    held: Vec<(usize, &'static str)>,
    told: Vec<(usize, Then)>,
    /// Those whose message has been let go, and which have no answer yet.
    unanswered: Vec<usize>,
    connections: Vec<(TcpStream, UnixStream)>,
    /// What was ever held back, by connection.
    log: Vec<(usize, &'static str)>,
}

/// What becomes of a message that was held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// The server gets it.
    Pass,
    /// The server gets it, and nobody its answer.
    PassAndCut,
    /// The server gets nothing any more.
    Cut,
}

impl Stepper {
    /// A proxy on a free port of 127.0.0.1, which holds back what has a name.
    #[must_use]
    pub fn new(socket: PathBuf, name: fn(&str) -> Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (state, changed) = (Mutex::default(), Condvar::new());
        let shared = Arc::new(Shared { state, changed, name });
        let other = Arc::clone(&shared);
        // The thread ends with the process.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (socket, shared) = (socket.clone(), Arc::clone(&other));
                thread::spawn(move || serve(client, &socket, &shared));
            }
        });
        Self { port, shared }
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Waits until a message is held back, and returns which.
    #[must_use]
    pub fn held(&self) -> &'static str {
        let state = self.shared.lock();
        let is_none = |state: &mut State| state.held.is_empty();
        let (state, _) = self.shared.changed.wait_timeout_while(state, PATIENCE, is_none).unwrap();
        state.held.first().expect("a message is held back").1
    }

    /// Lets the message go that is held back.
    pub fn pass(&self) {
        let mut state = self.shared.lock();
        let (connection, _) = state.held.remove(0);
        state.tell(connection, Then::Pass);
        self.shared.changed.notify_all();
    }

    /// The same, and returns when the server has executed it: what is let go next comes behind it.
    pub fn pass_and_wait(&self) {
        let connection = self.shared.lock().held[0].0;
        self.pass();
        let is_open = |state: &mut State| state.unanswered.contains(&connection);
        let (state, changed) = (self.shared.lock(), &self.shared.changed);
        let waited = changed.wait_timeout_while(state, PATIENCE, is_open).unwrap().1;
        assert!(!waited.timed_out(), "the server answers");
    }

    /// Cuts the connection on which the last of these was held back, and with it what is.
    ///
    /// One on which nothing ever was is never cut, such as that of a runner which looks how far a
    /// statement is that takes long.
    pub fn cut(&self, is_it: impl Fn(&str) -> bool, then: Then) {
        let mut state = self.shared.lock();
        let (connection, _) = *state.log.iter().rfind(|(_, name)| is_it(name)).unwrap();
        if let Some(at) = state.held.iter().position(|(held, _)| *held == connection) {
            state.held.remove(at);
            state.tell(connection, then);
            self.shared.changed.notify_all();
            return;
        }
        let (client, server) = &state.connections[connection];
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Write);
    }

    /// Holds nothing back any more.
    pub fn open(&self) {
        self.shared.lock().is_open = true;
        self.shared.changed.notify_all();
    }
}

const PATIENCE: Duration = Duration::from_secs(180);

impl State {
    fn tell(&mut self, connection: usize, then: Then) {
        self.told.push((connection, then));
        self.unanswered.push(connection);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Holds a message back, if it has a name.
    fn hold(&self, connection: usize, message: &[u8]) -> Then {
        let [b'Q', _, _, _, _, text @ .., 0] = message else { return Then::Pass };
        let Some(name) = (self.name)(&String::from_utf8_lossy(text)) else { return Then::Pass };
        let mut state = self.lock();
        state.log.push((connection, name));
        state.held.push((connection, name));
        self.changed.notify_all();
        let is_held = |state: &mut State| {
            !state.is_open && !state.told.iter().any(|(told, _)| *told == connection)
        };
        let mut state = self.changed.wait_while(state, is_held).unwrap();
        state.held.retain(|(held, _)| *held != connection);
        let told = state.told.iter().position(|(told, _)| *told == connection);
        told.map_or(Then::Pass, |at| state.told.remove(at).1)
    }

    /// Nothing that this connection was sent is without an answer, or gets one any more.
    fn is_answered(&self, connection: usize) {
        self.lock().unanswered.retain(|unanswered| *unanswered != connection);
        self.changed.notify_all();
    }
}

fn serve(mut client: TcpStream, socket: &Path, shared: &Arc<Shared>) -> io::Result<()> {
    let mut server = UnixStream::connect(socket)?;
    server.write_all(&startup(&mut client)?)?;
    let connection = {
        let mut state = shared.lock();
        state.connections.push((client.try_clone()?, server.try_clone()?));
        state.connections.len() - 1
    };
    let (answers, listener, other) = (server.try_clone()?, client.try_clone()?, Arc::clone(shared));
    thread::spawn(move || {
        answer(answers, &listener, || other.is_answered(connection));
        other.is_answered(connection);
    });
    while let Ok(message) = read_message(&mut client) {
        match shared.hold(connection, &message) {
            Then::Pass => server.write_all(&message)?,
            Then::PassAndCut => {
                // A client that is gone has done it already.
                let _ = client.shutdown(Shutdown::Both);
                server.write_all(&message)?;
                break;
            }
            Then::Cut => break,
        }
    }
    let _ = client.shutdown(Shutdown::Both);
    server.shutdown(Shutdown::Write)
}

/// Whatever ends the server's side ends the client's.
fn answer(mut server: UnixStream, client: &TcpStream, is_ready: impl Fn()) {
    while let Ok(message) = read_message(&mut server) {
        if message[0] == b'Z' {
            is_ready();
        }
        // A client that is gone leaves the server alone.
        let _ = (&*client).write_all(&message);
    }
    let _ = client.shutdown(Shutdown::Both);
}
