//! A server of files on the loopback interface, which remembers what it was asked for.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What the server has, by path, and what it was asked for.
struct Shared {
    /// The files.
    files: BTreeMap<String, Vec<u8>>,
    /// The paths of all requests so far.
    asked: Mutex<Vec<String>>,
}

/// A server; its thread ends with the process.
pub(super) struct Server {
    /// Where.
    address: SocketAddr,
    /// What its thread knows, too.
    shared: Arc<Shared>,
}

impl Server {
    /// Serves files by their names.
    pub(super) fn of(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("it has an address");
        let files = files.into_iter().map(|(name, bytes)| (format!("/{name}"), bytes)).collect();
        let shared = Arc::new(Shared { files, asked: Mutex::new(Vec::new()) });
        let its = Arc::clone(&shared);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                // A client that hangs up is its own business.
                drop(answer(connection, &its));
            }
        });
        Self { address, shared }
    }

    /// The address of a file.
    pub(super) fn url(&self, name: &str) -> String {
        format!("http://{}/{name}", self.address)
    }

    /// The paths that were asked for, sorted.
    pub(super) fn asked(&self) -> Vec<String> {
        let mut asked = self.shared.asked.lock().expect("no thread has panicked").clone();
        asked.sort();
        asked
    }
}

/// Answers one request, then hangs up.
fn answer(mut connection: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut lines = BufReader::new(connection.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let file = shared.files.get(&path);
    shared.asked.lock().expect("no thread has panicked").push(path);
    let (status, body) = match file {
        Some(body) => ("200 OK", body.as_slice()),
        None => ("404 Not Found", &b"no such file"[..]),
    };
    let length = body.len();
    write!(
        connection,
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    connection.write_all(body)
}
