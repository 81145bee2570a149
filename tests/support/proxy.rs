use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

/// A proxy before a server that writes down what clients send, and can cut a connection.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    messages: Vec<String>,
    answered: usize,
    cut: Option<(usize, Cut)>,
}

/// Where to cut, at one message of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The server gets the first half of the message.
    Half,
    /// The server gets the message, the client no answer.
    NoAnswer,
    /// The client gets the first half of the answer.
    HalfAnswer,
}

impl Proxy {
    /// A proxy on a free port of 127.0.0.1.
    #[must_use]
    pub fn new(socket: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        // The thread ends with the process.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (socket, state) = (socket.clone(), Arc::clone(&shared));
                thread::spawn(move || serve(&client, &socket, &state));
            }
        });
        Self { port, state }
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Cuts the connection at the message with this number, counted from 0 and from now on.
    pub fn cut_at(&self, message: usize, cut: Cut) {
        let mut state = self.state.lock().unwrap();
        state.messages.clear();
        state.cut = Some((message, cut));
    }

    /// Whether it has cut what it was told to.
    #[must_use]
    pub fn has_cut(&self) -> bool {
        self.state.lock().unwrap().cut.is_none()
    }

    /// How many bytes the server has answered since the last call.
    #[must_use]
    pub fn take_answered(&self) -> usize {
        std::mem::take(&mut self.state.lock().unwrap().answered)
    }

    /// What clients have sent since the last call, without what connecting and parting takes: the
    /// text of simple queries, and the type of all other messages.
    #[must_use]
    pub fn take_messages(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().messages)
    }
}

/// Lets messages through one by one, until either side ends or it cuts.
fn serve(client: &TcpStream, socket: &Path, state: &Arc<Mutex<State>>) -> io::Result<()> {
    let server = UnixStream::connect(socket)?;
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    let half_answer = Arc::new(Mutex::new(false));
    let (answers, cut_answer) =
        ((server.try_clone()?, client.try_clone()?), Arc::clone(&half_answer));
    let state_of_answers = Arc::clone(state);
    thread::spawn(move || answer(answers.0, &answers.1, &cut_answer, &state_of_answers));

    to_server.write_all(&startup(&mut from_client)?)?;
    while let Ok(message) = read_message(&mut from_client) {
        match write_down(&message, state) {
            Some(Cut::Half) => {
                to_server.write_all(&message[..message.len() / 2])?;
                break;
            }
            Some(Cut::NoAnswer) => {
                client.shutdown(Shutdown::Write)?;
                to_server.write_all(&message)?;
                break;
            }
            Some(Cut::HalfAnswer) => {
                *half_answer.lock().unwrap() = true;
                to_server.write_all(&message)?;
            }
            None => to_server.write_all(&message)?,
        }
    }
    client.shutdown(Shutdown::Both)?;
    server.shutdown(Shutdown::Write)
}

/// Whatever ends the server's side ends the client's.
fn answer(mut server: UnixStream, client: &TcpStream, cut: &Mutex<bool>, state: &Mutex<State>) {
    let mut buffer = [0; 8192];
    while let Ok(length @ 1..) = server.read(&mut buffer) {
        state.lock().unwrap().answered += length;
        let is_cut = *cut.lock().unwrap();
        let passed = if is_cut { length / 2 } else { length };
        if (&*client).write_all(&buffer[..passed]).is_err() || is_cut {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}

/// The first message of a connection has no type.
pub(crate) fn startup(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    read_body(client, Vec::new())
}

pub(crate) fn read_message(sender: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut kind = [0];
    sender.read_exact(&mut kind)?;
    read_body(sender, kind.to_vec())
}

fn read_body(sender: &mut impl Read, mut message: Vec<u8>) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    sender.read_exact(&mut length)?;
    message.extend(length);
    let begin = message.len();
    message.resize(begin + u32::from_be_bytes(length) as usize - 4, 0);
    sender.read_exact(&mut message[begin..])?;
    Ok(message)
}

/// Returns the cut if it is this message's turn.
fn write_down(message: &[u8], state: &Mutex<State>) -> Option<Cut> {
    let text = match message {
        [b'X' | b'p', ..] => return None,
        [b'Q', _, _, _, _, text @ .., 0] => String::from_utf8_lossy(text).into_owned(),
        _ => char::from(message[0]).to_string(),
    };
    let mut state = state.lock().unwrap();
    state.messages.push(text);
    let (number, cut) = state.cut?;
    (state.messages.len() == number + 1).then(|| {
        state.cut = None;
        cut
    })
}
