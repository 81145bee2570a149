//! The HTTP server's life: it starts, answers, and ends when the last answer is sent.
//!
//! The library has no end of its own and tells nobody where it listens; both are added here.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use oxhttp::model::{Body, Request, Response};

use crate::database::Pool;
use crate::failure::Failed;
use crate::http::{self, Problem};
use crate::readiness::Readiness;
use crate::routes;

/// Each connection has a thread.
const MAX_CONNECTIONS: usize = 64;
const CLIENT_TIMEOUT: Duration = Duration::from_secs(30);
const GRACE: Duration = Duration::from_secs(10);

pub(crate) struct Server {
    address: SocketAddr,
    door: Arc<Door>,
    /// Ends with the last visit.
    visits: Receiver<Infallible>,
}

impl Server {
    pub(crate) fn start(
        address: SocketAddr,
        pool: Pool,
        readiness: Arc<Readiness>,
    ) -> Result<Self, Failed> {
        let failed = || Failed::to(format!("listen on {address}"));
        let address = settle_port(address).map_err(failed())?;
        let (alive, visits) = mpsc::channel();
        let door = Arc::new(Door(Mutex::new(Some(Visit { pool, readiness, _alive: alive }))));
        let answers = Arc::clone(&door);
        oxhttp::Server::new(move |request| answers.answer(request))
            .bind(address)
            .with_global_timeout(CLIENT_TIMEOUT)
            .with_max_concurrent_connections(MAX_CONNECTIONS)
            .spawn()
            .map_err(failed())?;
        Ok(Self { address, door, visits })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Turns new requests away, waits until the others are answered, and drops the pool.
    pub(crate) fn finish(self) {
        self.door.close();
        log::info!("Stopping");
        if self.visits.recv_timeout(GRACE) == Err(RecvTimeoutError::Timeout) {
            log::warn!("Some requests are still unanswered after {GRACE:.0?}, leaving them");
        }
    }
}

/// Also where the start ends early: the pool goes before the database does.
impl Drop for Server {
    fn drop(&mut self) {
        self.door.close();
    }
}

/// Port 0 becomes the number of a free port.
fn settle_port(address: SocketAddr) -> std::io::Result<SocketAddr> {
    TcpListener::bind(address)?.local_addr()
}

/// Open while there is a visit to clone.
struct Door(Mutex<Option<Visit>>);

/// What a request needs inside, and what shows that it is still there.
#[derive(Clone)]
struct Visit {
    pool: Pool,
    readiness: Arc<Readiness>,
    _alive: Sender<Infallible>,
}

impl Door {
    fn answer(&self, request: &mut Request<Body>) -> Response<Body> {
        match http::read_body(request) {
            Ok(body) => self.let_in(request, &body),
            Err(problem) => problem.into(),
        }
    }

    fn let_in(&self, request: &Request<Body>, body: &[u8]) -> Response<Body> {
        let Some(visit) = self.enter() else {
            return Problem::unavailable("the service is stopping").into();
        };
        let answer =
            routes::answer(request.method(), request.uri(), body, &visit.pool, &visit.readiness);
        let mut response = answer.map_or_else(Response::from, Response::from);
        // The library drops the response when it is sent.
        response.extensions_mut().insert(visit);
        response
    }

    fn enter(&self) -> Option<Visit> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn close(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}
