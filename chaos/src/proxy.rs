use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, sleep};
use std::time::Duration;

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the server.
    ToServer,
    /// From the server to the client.
    ToClient,
}

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is closed in both directions.
    Cut,
    /// This direction stands still for so long.
    Delay(Duration),
    /// This direction, or both, say nothing any more; after so long the connection is closed.
    Silence {
        /// Whether the other direction is silent, too.
        both: bool,
        /// Until the connection is closed.
        until_cut: Duration,
    },
}

/// Where and how a connection is hurt: at this byte of all that the proxy passes in this direction,
/// over all of its connections, so that each byte is as likely as any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Whose bytes are counted.
    pub direction: Direction,
    /// How many bytes are passed before.
    pub byte: u64,
    /// What happens then.
    pub fate: Fate,
}

/// A proxy before a server, for one process, which hurts its connections at given bytes.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    socket: PathBuf,
    faults: Mutex<Vec<Fault>>,
    to_server: AtomicU64,
    to_client: AtomicU64,
    cuts: AtomicU32,
    is_closed: AtomicBool,
    connections: Mutex<Vec<Arc<Connection>>>,
}

#[derive(Debug)]
struct Connection {
    client: TcpStream,
    server: UnixStream,
    is_silent: AtomicBool,
}

impl Proxy {
    /// A proxy on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// There is no free port.
    pub fn open(socket: &Path, faults: Vec<Fault>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared::new(socket, faults));
        let of_thread = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, &of_thread));
        Ok(Self { port, shared })
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How many connections it has closed before either side did.
    #[must_use]
    pub fn cuts(&self) -> u32 {
        self.shared.cuts.load(Ordering::Relaxed)
    }

    /// How many bytes it has been given to pass in a direction.
    #[must_use]
    pub fn passed(&self, direction: Direction) -> u64 {
        self.shared.counter(direction).load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.is_closed.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts; where that is gone, there is nobody to wake.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        locked(&self.shared.connections).iter().for_each(|connection| connection.close());
    }
}

impl Shared {
    fn new(socket: &Path, faults: Vec<Fault>) -> Self {
        Self {
            socket: socket.into(),
            faults: Mutex::new(faults),
            to_server: AtomicU64::new(0),
            to_client: AtomicU64::new(0),
            cuts: AtomicU32::new(0),
            is_closed: AtomicBool::new(false),
            connections: Mutex::default(),
        }
    }

    fn counter(&self, direction: Direction) -> &AtomicU64 {
        match direction {
            Direction::ToServer => &self.to_server,
            Direction::ToClient => &self.to_client,
        }
    }

    /// Takes the first fault among these bytes, which are no longer counted from then on.
    fn take_fault(&self, direction: Direction, begin: u64, length: usize) -> Option<Fault> {
        let mut faults = locked(&self.faults);
        let bytes = begin..begin + length as u64;
        let is_here = |fault: &Fault| fault.direction == direction && bytes.contains(&fault.byte);
        let (index, _) = faults
            .iter()
            .enumerate()
            .filter(|(_, fault)| is_here(fault))
            .min_by_key(|(_, fault)| fault.byte)?;
        Some(faults.swap_remove(index))
    }
}

impl Connection {
    fn close(&self) {
        // Where it is closed already, that is what was wanted.
        let _ = self.client.shutdown(Shutdown::Both);
        let _ = self.server.shutdown(Shutdown::Both);
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for client in listener.incoming().flatten() {
        if shared.is_closed.load(Ordering::Relaxed) {
            return;
        }
        // A server that is down shows to the client as a connection that is closed at once.
        let _ = serve(client, shared);
    }
}

fn serve(client: TcpStream, shared: &Arc<Shared>) -> io::Result<()> {
    client.set_nodelay(true)?;
    let server = UnixStream::connect(&shared.socket)?;
    let ends =
        ((client.try_clone()?, server.try_clone()?), (server.try_clone()?, client.try_clone()?));
    let connection = Arc::new(Connection { client, server, is_silent: AtomicBool::new(false) });
    locked(&shared.connections).push(Arc::clone(&connection));
    let (to_server, to_client) = (pump(shared, &connection), pump(shared, &connection));
    thread::spawn(move || to_server(Direction::ToServer, ends.0.0, ends.0.1));
    thread::spawn(move || to_client(Direction::ToClient, ends.1.0, ends.1.1));
    Ok(())
}

/// Passes bytes in one direction until either side ends; whatever ends one side ends the other.
fn pump<R: Read, W: Write>(
    shared: &Arc<Shared>,
    connection: &Arc<Connection>,
) -> impl FnOnce(Direction, R, W) + use<R, W> {
    let (shared, connection) = (Arc::clone(shared), Arc::clone(connection));
    move |direction, mut from, mut to| {
        let mut buffer = [0; 8192];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            if !pass(&shared, &connection, direction, &buffer[..length], &mut to) {
                break;
            }
        }
        connection.close();
    }
}

/// Whether the connection lives on.
fn pass(
    shared: &Shared,
    connection: &Connection,
    direction: Direction,
    mut bytes: &[u8],
    to: &mut impl Write,
) -> bool {
    let mut begin = shared.counter(direction).fetch_add(bytes.len() as u64, Ordering::Relaxed);
    while let Some(fault) = shared.take_fault(direction, begin, bytes.len()) {
        let before = usize::try_from(fault.byte - begin).unwrap_or(bytes.len());
        if !write(connection, &bytes[..before], to) {
            return false;
        }
        (bytes, begin) = (&bytes[before..], fault.byte);
        if !connection.strike(fault.fate) {
            shared.cuts.fetch_add(1, Ordering::Relaxed);
            return false;
        }
    }
    write(connection, bytes, to)
}

fn write(connection: &Connection, bytes: &[u8], to: &mut impl Write) -> bool {
    // Who has made it silent closes it.
    while connection.is_silent.load(Ordering::Relaxed) {
        sleep(Duration::from_millis(1));
    }
    to.write_all(bytes).is_ok()
}

impl Connection {
    /// Whether the connection lives on.
    fn strike(&self, fate: Fate) -> bool {
        match fate {
            Fate::Cut => false,
            Fate::Delay(pause) => {
                sleep(pause);
                true
            }
            Fate::Silence { both, until_cut } => {
                self.is_silent.store(both, Ordering::Relaxed);
                sleep(until_cut);
                self.close();
                self.is_silent.store(false, Ordering::Relaxed);
                false
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
