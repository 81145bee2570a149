//! A proxy that counts and delays.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::machine;

/// Sits before a server for as long as the process lives.
#[derive(Debug)]
pub(crate) struct Proxy {
    port: u16,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    trips: AtomicUsize,
    up: AtomicUsize,
    down: AtomicUsize,
    /// What the clients said last, for those who look for words in it.
    said: Mutex<Vec<u8>>,
    /// When the server's answer held this word first.
    spotted: Mutex<Option<Duration>>,
}

/// What has passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    /// How often a client had to wait for the server's answer.
    pub(crate) trips: usize,
    /// Bytes from clients.
    pub(crate) up: usize,
    /// Bytes from the server.
    pub(crate) down: usize,
}

impl Proxy {
    /// Delays what passes by half of the round-trip time each way.
    pub(crate) fn new(server: u16, round_trip: Duration) -> Result<Self> {
        Self::looking_for(server, round_trip, "")
    }

    /// And looks for a word in what the server answers.
    pub(crate) fn looking_for(
        server: u16,
        round_trip: Duration,
        word: &'static str,
    ) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (port, counts) = (listener.local_addr()?.port(), Arc::<Counts>::default());
        let shared = Arc::clone(&counts);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A connection that fails is the client's to notice.
                let _ = connect(client, server, round_trip / 2, word, &shared);
            }
        });
        Ok(Self { port, counts })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What has passed since the last call.
    pub(crate) fn take(&self) -> Traffic {
        let Counts { trips, up, down, .. } = &*self.counts;
        let [trips, up, down] = [trips, up, down].map(|count| count.swap(0, Ordering::SeqCst));
        Traffic { trips, up, down }
    }

    /// What clients have said since the last call.
    pub(crate) fn take_said(&self) -> String {
        let said = self.counts.said.lock().map(|mut said| std::mem::take(&mut *said));
        String::from_utf8_lossy(&said.unwrap_or_default()).into_owned()
    }

    /// When the word was seen first, since 1970.
    pub(crate) fn spotted(&self) -> Result<Duration> {
        let spotted = self.counts.spotted.lock().map_err(|error| error.to_string())?;
        spotted.ok_or_else(|| "the word did not pass".into())
    }
}

fn connect(
    client: TcpStream,
    server: u16,
    delay: Duration,
    word: &'static str,
    counts: &Arc<Counts>,
) -> io::Result<()> {
    let server = TcpStream::connect(("127.0.0.1", server))?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let asked = Arc::new(AtomicBool::new(false));
    let (counts_up, asked_up) = (Arc::clone(counts), Arc::clone(&asked));
    pass(client.try_clone()?, server.try_clone()?, delay, move |bytes| {
        asked_up.store(true, Ordering::SeqCst);
        counts_up.up(bytes);
    });
    let counts = Arc::clone(counts);
    pass(server, client, delay, move |bytes| {
        counts.down(bytes, asked.swap(false, Ordering::SeqCst), word);
    });
    Ok(())
}

impl Counts {
    fn up(&self, bytes: &[u8]) {
        const KEPT: usize = 1 << 20;
        self.up.fetch_add(bytes.len(), Ordering::SeqCst);
        if let Ok(mut said) = self.said.lock()
            && said.len() < KEPT
        {
            said.extend(bytes);
        }
    }

    fn down(&self, bytes: &[u8], is_answer: bool, word: &str) {
        self.down.fetch_add(bytes.len(), Ordering::SeqCst);
        self.trips.fetch_add(is_answer.into(), Ordering::SeqCst);
        if !word.is_empty()
            && bytes.windows(word.len()).any(|window| window == word.as_bytes())
            && let Ok(mut spotted) = self.spotted.lock()
        {
            spotted.get_or_insert_with(machine::now);
        }
    }
}

/// Passes on what comes when its time has come. One thread stamps on arrival and another one sends, so
/// that what follows soon does not wait for the delay of what came before.
fn pass(
    from: TcpStream,
    to: TcpStream,
    delay: Duration,
    mut note: impl FnMut(&[u8]) + Send + 'static,
) {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || receive(from, delay, &sender, &mut note));
    thread::spawn(move || release(&receiver, to));
}

type Stamped = (Instant, Vec<u8>);

fn receive(
    mut from: TcpStream,
    delay: Duration,
    sender: &Sender<Stamped>,
    note: &mut impl FnMut(&[u8]),
) {
    let mut buffer = [0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        note(&buffer[..length]);
        if sender.send((Instant::now() + delay, buffer[..length].to_vec())).is_err() {
            break;
        }
    }
}

fn release(receiver: &Receiver<Stamped>, mut to: TcpStream) {
    for (due, bytes) in receiver {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if to.write_all(&bytes).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

#[cfg(test)]
mod tests {
    use super::{Proxy, Traffic};
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::thread;
    use std::time::{Duration, Instant};

    /// A server that answers each byte with two.
    fn doubling() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            let mut byte = [0];
            while client.read_exact(&mut byte).is_ok() {
                client.write_all(&[byte[0]; 2]).unwrap();
            }
        });
        port
    }

    #[test]
    fn counts_bytes_and_answers_that_were_waited_for() {
        let proxy = Proxy::looking_for(doubling(), Duration::ZERO, "bb").unwrap();
        let mut client = TcpStream::connect(("127.0.0.1", proxy.port())).unwrap();
        for byte in [b"a", b"b", b"c"] {
            client.write_all(byte).unwrap();
            client.read_exact(&mut [0; 2]).unwrap();
        }
        assert_eq!(proxy.take(), Traffic { trips: 3, up: 3, down: 6 });
        assert_eq!(proxy.take(), Traffic::default());
        assert_eq!(proxy.take_said(), "abc");
        assert!(proxy.spotted().is_ok());
    }

    #[test]
    fn delays_each_round_trip_and_no_message_for_another() {
        let round_trip = Duration::from_millis(40);
        let proxy = Proxy::new(doubling(), round_trip).unwrap();
        let mut client = TcpStream::connect(("127.0.0.1", proxy.port())).unwrap();
        let began = Instant::now();
        for _ in 0..100 {
            client.write_all(b"x").unwrap();
        }
        client.read_exact(&mut [0; 200]).unwrap();
        let took = began.elapsed();
        assert!(took >= round_trip && took < 100 * round_trip, "{took:?}");
    }
}
