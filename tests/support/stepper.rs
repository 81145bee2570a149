use std::io::{self, Read, Write};
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
    /// All connections, and the last held message of each.
    connections: Vec<(TcpStream, UnixStream, &'static str)>,
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
        let patience = Duration::from_secs(60);
        let (state, _) = self.shared.changed.wait_timeout_while(state, patience, is_none).unwrap();
        state.held.first().expect("a message is held back").1
    }

    /// Lets the message go that is held back.
    pub fn tell(&self, then: Then) {
        let mut state = self.shared.lock();
        let (connection, _) = state.held.remove(0);
        state.told.push((connection, then));
        self.shared.changed.notify_all();
    }

    /// Cuts the connection on which one of these was the last to be held back, and with it what is.
    pub fn cut(&self, is_it: impl Fn(&str) -> bool, then: Then) {
        let mut state = self.shared.lock();
        let mut open = state.connections.iter().enumerate().rev();
        let (connection, _) = open.find(|(_, (.., last))| is_it(last)).unwrap();
        if let Some(at) = state.held.iter().position(|(held, _)| *held == connection) {
            state.held.remove(at);
            state.told.push((connection, then));
            self.shared.changed.notify_all();
            return;
        }
        let (client, server, _) = &state.connections[connection];
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Write);
    }

    /// Holds nothing back any more.
    pub fn open(&self) {
        self.shared.lock().is_open = true;
        self.shared.changed.notify_all();
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
        state.connections[connection].2 = name;
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
}

fn serve(mut client: TcpStream, socket: &Path, shared: &Arc<Shared>) -> io::Result<()> {
    let mut server = UnixStream::connect(socket)?;
    server.write_all(&startup(&mut client)?)?;
    let connection = {
        let mut state = shared.lock();
        state.connections.push((client.try_clone()?, server.try_clone()?, ""));
        state.connections.len() - 1
    };
    let (answers, listener) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || answer(answers, &listener));
    while let Ok(message) = read_message(&mut client) {
        match shared.hold(connection, &message) {
            Then::Pass => server.write_all(&message)?,
            Then::PassAndCut => {
                client.shutdown(Shutdown::Both)?;
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
fn answer(mut server: UnixStream, client: &TcpStream) {
    let mut buffer = [0; 8192];
    while let Ok(length @ 1..) = server.read(&mut buffer) {
        // A client that is gone leaves the server alone.
        let _ = (&*client).write_all(&buffer[..length]);
    }
    let _ = client.shutdown(Shutdown::Both);
}
