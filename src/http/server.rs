//! A server for the tests: on the loopback interface, and what it says is written by the test.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What the server says to a request.
pub(super) struct Reply {
    /// Its bytes as they are sent.
    pub(super) bytes: Vec<u8>,
    /// What comes after them.
    pub(super) then: Then,
}

/// What the server does when it has answered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// It waits for the next request on the connection.
    Listen,
    /// It closes the connection.
    Close,
    /// It says no more, until the other end closes the connection.
    Stall,
    /// It says one byte after the other, slowly, until the other end closes the connection.
    Drip(u8),
    /// It says the same bytes without end, as fast as they are taken.
    Flood(&'static [u8]),
}

/// Makes the reply to a request from its number, counted from 0, and its head.
type Script = dyn Fn(usize, &str) -> Reply + Send + Sync;

/// What the threads of a server share.
struct Shared {
    /// The heads of all requests so far.
    heads: Mutex<Vec<String>>,
    /// How many connections were opened.
    connections: Mutex<usize>,
    /// Whether the test is over.
    is_over: AtomicBool,
    /// What is said.
    script: Box<Script>,
    /// How TLS is spoken, if it is.
    tls: Option<Arc<ServerConfig>>,
    /// Whether it speaks before it has heard a request.
    is_first: bool,
}

/// A server that listens until it is dropped.
pub(super) struct Server {
    address: SocketAddr,
    /// What its threads know.
    shared: Arc<Shared>,
    /// What takes connections.
    listener: Option<JoinHandle<()>>,
}

impl Reply {
    /// A whole answer with the length of its body.
    pub(super) fn new(status: &str, headers: &[&str], body: &[u8]) -> Self {
        Self::cut(status, headers, body, body.len())
    }

    /// An answer that ends after some bytes of its body; a whole one leaves the connection open.
    pub(super) fn cut(status: &str, headers: &[&str], body: &[u8], count: usize) -> Self {
        let mut head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
        for header in headers {
            head += &format!("{header}\r\n");
        }
        let bytes = [head.as_bytes(), b"\r\n", &body[..count]].concat();
        Self { bytes, then: if count == body.len() { Then::Listen } else { Then::Close } }
    }
}

impl Server {
    /// Starts one that speaks plainly.
    pub(super) fn start(script: impl Fn(usize, &str) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_with(None, false, Box::new(script))
    }

    /// Starts one that speaks plainly, once to each connection, whatever is said to it.
    pub(super) fn start_first(
        script: impl Fn(usize, &str) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::start_with(None, true, Box::new(script))
    }

    /// Starts one that speaks TLS.
    pub(super) fn start_tls(
        config: ServerConfig,
        script: impl Fn(usize, &str) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::start_with(Some(Arc::new(config)), false, Box::new(script))
    }

    fn start_with(tls: Option<Arc<ServerConfig>>, is_first: bool, script: Box<Script>) -> Self {
        let socket = TcpListener::bind(("127.0.0.1", 0)).expect("the loopback interface is there");
        let address = socket.local_addr().expect("it has an address");
        let shared = Arc::new(Shared {
            heads: Mutex::default(),
            connections: Mutex::default(),
            is_over: AtomicBool::new(false),
            script,
            tls,
            is_first,
        });
        let inside = Arc::clone(&shared);
        let listener = Some(thread::spawn(move || listen(&socket, &inside)));
        Self { address, shared, listener }
    }

    /// Returns the address of a file there.
    pub(super) fn url(&self, path: &str) -> String {
        let scheme = if self.shared.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}/{path}", self.address)
    }

    /// Returns the heads of all requests, in their order.
    pub(super) fn heads(&self) -> Vec<String> {
        self.shared.heads.lock().expect("no thread has panicked").clone()
    }

    /// Returns how many connections were opened.
    pub(super) fn connections(&self) -> usize {
        *self.shared.connections.lock().expect("no thread has panicked")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // The listener sees the end of the test only when it wakes.
        let woken = TcpStream::connect(self.address).is_ok();
        if let Some(listener) = self.listener.take().filter(|_| woken) {
            listener.join().expect("the listener does not panic");
        }
    }
}

fn listen(socket: &TcpListener, shared: &Arc<Shared>) {
    while let Ok((stream, _)) = socket.accept() {
        if shared.is_over.load(Ordering::SeqCst) {
            return;
        }
        *shared.connections.lock().expect("no thread has panicked") += 1;
        let shared = Arc::clone(shared);
        // It ends with its connection, which ends with the client.
        thread::spawn(move || match &shared.tls {
            Some(config) => {
                let tls = ServerConnection::new(Arc::clone(config)).expect("a sound configuration");
                serve(StreamOwned::new(tls, stream), &shared);
            }
            None => serve(stream, &shared),
        });
    }
}

/// Answers the requests of one connection.
fn serve(mut stream: impl Read + Write, shared: &Shared) {
    let next = |stream: &mut _| match shared.is_first {
        true => Some(String::new()),
        false => read_head(stream),
    };
    while let Some(head) = next(&mut stream) {
        let number = {
            let mut heads = shared.heads.lock().expect("no thread has panicked");
            heads.push(head.clone());
            heads.len() - 1
        };
        let reply = (shared.script)(number, &head);
        // A client that has heard enough goes away.
        if stream.write_all(&reply.bytes).and_then(|()| stream.flush()).is_err() {
            return;
        }
        match reply.then {
            Then::Stall => while matches!(stream.read(&mut [0; 64]), Ok(1..)) {},
            Then::Drip(byte) => while drip(&mut stream, byte).is_ok() {},
            Then::Flood(bytes) => while stream.write_all(bytes).is_ok() {},
            Then::Listen | Then::Close => {}
        }
        if reply.then != Then::Listen {
            return;
        }
    }
}

fn drip(stream: &mut impl Write, byte: u8) -> std::io::Result<()> {
    thread::sleep(Duration::from_millis(20));
    stream.write_all(&[byte]).and_then(|()| stream.flush())
}

/// Reads the head of a request; `None` when the client has gone.
fn read_head(stream: &mut impl Read) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        match stream.read(&mut byte) {
            Ok(1..) => head.push(byte[0]),
            Ok(0) | Err(_) => return None,
        }
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}
