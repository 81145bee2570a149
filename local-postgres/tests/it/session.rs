//! A connection that can do one thing, so that this crate needs no client library: send a query and
//! tell whether the server liked it.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;

pub(crate) struct Session<S>(S);

/// A message of the protocol: its type and its body.
type Message = (u8, Vec<u8>);

impl Session<UnixStream> {
    pub(crate) fn over_socket(directory: &Path) -> io::Result<Self> {
        Self::over(&directory.join(".s.PGSQL.5432"))
    }

    pub(crate) fn over(socket: &Path) -> io::Result<Self> {
        Self::start(UnixStream::connect(socket)?)
    }
}

impl Session<TcpStream> {
    pub(crate) fn over_tcp(port: u16) -> io::Result<Self> {
        Self::start(TcpStream::connect(("127.0.0.1", port))?)
    }
}

impl<S: Read + Write> Session<S> {
    fn start(mut stream: S) -> io::Result<Self> {
        let parameters = b"\0\x03\0\0user\0postgres\0database\0postgres\0\0";
        write_with_length(&mut stream, parameters)?;
        let mut session = Self(stream);
        session.until_ready()?;
        Ok(session)
    }

    /// The first column of the last row, as text.
    pub(crate) fn query(&mut self, sql: &str) -> io::Result<String> {
        self.0.write_all(b"Q")?;
        write_with_length(&mut self.0, format!("{sql}\0").as_bytes())?;
        self.until_ready()
    }

    fn until_ready(&mut self) -> io::Result<String> {
        let mut answer = Ok(String::new());
        loop {
            let (kind, body) = self.receive()?;
            let text = || String::from_utf8_lossy(&body).into_owned();
            match kind {
                b'D' => answer = Ok(text().split_off(6)),
                b'E' => answer = Err(io::Error::other(text())),
                b'Z' => return answer,
                _ => {}
            }
        }
    }

    fn receive(&mut self) -> io::Result<Message> {
        let mut header = [0; 5];
        self.0.read_exact(&mut header)?;
        let [kind, length @ ..] = header;
        let mut body = vec![0; u32::from_be_bytes(length) as usize - 4];
        self.0.read_exact(&mut body)?;
        Ok((kind, body))
    }
}

fn write_with_length(stream: &mut impl Write, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len() + 4).map_err(io::Error::other)?;
    stream.write_all(&length.to_be_bytes())?;
    stream.write_all(body)
}
