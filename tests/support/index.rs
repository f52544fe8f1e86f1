//! A package index on loopback: pages as PEP 503 or PEP 691 has them, wheels, and a memory of what was
//! asked.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use base64::Engine as _;

use super::Wheel;

/// How long an answer waits for another request.
const LONGEST: Duration = Duration::from_secs(60);

/// An index; it is stopped, and its thread joined, when it is dropped.
pub(crate) struct Index {
    /// Where it listens.
    address: SocketAddr,
    /// What it shares with its thread.
    shared: Arc<Shared>,
    /// Its thread.
    thread: Option<JoinHandle<()>>,
}

/// What an index answers to a path.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// A page.
    Page(String),
    /// The files of a page in JSON.
    Json(Vec<serde_json::Value>),
    /// A file.
    File(Vec<u8>),
    /// The first half of a file that is announced whole, each time it is asked for.
    Half(Vec<u8>),
    /// A status, such as `500 Internal Server Error`.
    Status(&'static str),
    /// A status, and from then on another answer.
    Once(&'static str, Box<Reply>),
    /// An answer that waits until another request, as `GET /path`, has come.
    Behind(String, Box<Reply>),
}

/// How an index writes its pages.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pages {
    /// As PEP 503 has them.
    Html,
    /// As PEP 691 has them.
    Json,
}

/// What an index shares with its thread.
struct Shared {
    /// What it answers, by path.
    replies: Mutex<BTreeMap<String, Reply>>,
    /// The header that lets one in, where not everybody is let in.
    password: Option<String>,
    /// The request lines that came, less the version of HTTP.
    requests: Mutex<Vec<String>>,
    /// Whether it is over.
    is_over: AtomicBool,
}

impl Index {
    /// An index of these wheels, open to everybody.
    pub(crate) fn serving(wheels: &[Wheel]) -> Self {
        Self::new(wheels, None)
    }

    /// An index of these wheels that asks for a user and a password.
    pub(crate) fn guarded(wheels: &[Wheel], user: &str, password: &str) -> Self {
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        Self::new(wheels, Some(format!("Basic {basic}")))
    }

    fn new(wheels: &[Wheel], password: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("it has an address");
        let shared = Arc::new(Shared {
            replies: Mutex::default(),
            password,
            requests: Mutex::default(),
            is_over: AtomicBool::new(false),
        });
        let own = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                if own.is_over.load(Ordering::SeqCst) {
                    return;
                }
                // A client that hangs up is its own business.
                drop(answer(connection, &own));
            }
        });
        let index = Self { address, shared, thread: Some(thread) };
        for wheel in wheels {
            index.publish(wheel);
        }
        index
    }

    /// Adds a wheel, and a link to it on the page of its project.
    pub(crate) fn publish(&self, wheel: &Wheel) {
        let (name, page) = (wheel.file_name(), format!("/simple/{}/", wheel.project()));
        let mut replies = self.shared.replies.lock().expect("nobody panics with it");
        let links = match replies.get(&page) {
            Some(Reply::Page(links)) => links.clone(),
            _ => "<!DOCTYPE html>\n".to_owned(),
        };
        replies.insert(page, Reply::Page(format!("{links}<a href=\"/{name}\">{name}</a>\n")));
        replies.insert(format!("/{name}"), Reply::File(wheel.bytes()));
    }

    /// Adds a wheel with its digest, and its metadata apart, as PEP 658 has them.
    pub(crate) fn describe(&self, wheel: &Wheel, pages: Pages) {
        self.describe_with(wheel, pages, &serde_json::json!({}));
    }

    /// The same, with other members of the file as PEP 691 has it.
    pub(crate) fn describe_with(&self, wheel: &Wheel, pages: Pages, other: &serde_json::Value) {
        let (name, description) = (wheel.file_name(), wheel.description());
        let mut file = serde_json::json!({
            "filename": name,
            "url": format!("http://{}/{name}", self.address),
            "hashes": {"sha256": wheel.sha256()},
            "core-metadata": {"sha256": super::sha256(&description)},
            "size": wheel.bytes().len(),
        });
        let other = other.as_object().expect("members").clone();
        file.as_object_mut().expect("members").extend(other);
        self.list(&wheel.project(), file, pages);
        let mut replies = self.shared.replies.lock().expect("nobody panics with it");
        replies.insert(format!("/{name}.metadata"), Reply::File(description.into_bytes()));
        replies.insert(format!("/{name}"), Reply::File(wheel.bytes()));
    }

    /// Adds a file to the page of a project that nobody can get.
    pub(crate) fn announce(&self, project: &str, name: &str, pages: Pages) {
        let url = format!("http://{}/{name}", self.address);
        let hashes = serde_json::json!({"sha256": "0".repeat(64)});
        let file = serde_json::json!({"filename": name, "url": url, "hashes": hashes});
        self.list(project, file, pages);
    }

    /// Adds a file, as PEP 691 has it, to the page of a project.
    fn list(&self, project: &str, file: serde_json::Value, pages: Pages) {
        let mut replies = self.shared.replies.lock().expect("nobody panics with it");
        let page = replies.entry(format!("/simple/{project}/")).or_insert_with(|| match pages {
            Pages::Html => Reply::Page("<!DOCTYPE html>\n".to_owned()),
            Pages::Json => Reply::Json(Vec::new()),
        });
        match page {
            Reply::Page(links) => {
                let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
                let [url, name] = ["url", "filename"].map(|key| text(&file[key]).expect("text"));
                let sha256 = text(&file["hashes"]["sha256"]).expect("text");
                let about = text(&file["core-metadata"]["sha256"]);
                // pip 23.2 knows the older name alone.
                let about = about.map(|it| {
                    format!(" data-dist-info-metadata=\"sha256={it}\" data-core-metadata=\"sha256={it}\"")
                });
                let about = about.unwrap_or_default();
                *links += &format!("<a href=\"{url}#sha256={sha256}\"{about}>{name}</a>\n");
            }
            Reply::Json(files) => files.push(file),
            other => panic!("no page: {other:?}"),
        }
    }

    /// Answers otherwise to a wheel from now on.
    pub(crate) fn answer(&self, wheel: &Wheel, reply: Reply) {
        let path = format!("/{}", wheel.file_name());
        self.shared.replies.lock().expect("nobody panics with it").insert(path, reply);
    }

    /// Answers with a status to whoever asks for the page of a project.
    pub(crate) fn refuse(&self, project: &str, status: &'static str) {
        let page = format!("/simple/{project}/");
        let mut replies = self.shared.replies.lock().expect("nobody panics with it");
        replies.insert(page, Reply::Status(status));
    }

    /// Holds the page of a project back until another request, as `GET /path`, has come.
    pub(crate) fn hold(&self, project: &str, request: &str) {
        let mut replies = self.shared.replies.lock().expect("nobody panics with it");
        let page = replies.get_mut(&format!("/simple/{project}/")).expect("there is one");
        *page = Reply::Behind(request.to_owned(), Box::new(page.clone()));
    }

    /// Host and port.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// The address for pip.
    pub(crate) fn simple(&self) -> String {
        format!("http://{}/simple", self.address)
    }

    /// The address for pip, with a user and a password.
    pub(crate) fn simple_as(&self, user: &str) -> String {
        format!("http://{user}@{}/simple", self.address)
    }

    /// The request lines that came since this was last asked, as `GET /path`.
    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut *self.shared.requests.lock().expect("nobody panics with it"))
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // The thread waits for a connection; if it is gone there is nobody to wake.
        drop(TcpStream::connect(self.address));
        drop(self.thread.take().map(JoinHandle::join));
    }
}

/// Answers one request, then hangs up.
fn answer(connection: TcpStream, shared: &Arc<Shared>) -> std::io::Result<()> {
    let mut lines = BufReader::new(connection.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    let mut is_known = shared.password.is_none();
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or_default();
        is_known |= name.eq_ignore_ascii_case("authorization")
            && Some(value.trim()) == shared.password.as_deref();
    }
    let shown = request.rsplit_once(" HTTP/").map_or(request.as_str(), |(line, _)| line);
    shared.requests.lock().expect("nobody panics with it").push(shown.to_owned());
    let path = request.split(' ').nth(1).unwrap_or_default();
    // Signs of versions that pip quotes.
    let path = path.replace("%21", "!").replace("%2B", "+");
    let mut reply = shared.replies.lock().expect("nobody panics with it").get(&path).cloned();
    if let Some(Reply::Once(status, then)) = reply {
        shared.replies.lock().expect("nobody panics with it").insert(path, *then);
        reply = Some(Reply::Status(status));
    }
    match reply {
        Some(Reply::Behind(request, reply)) => {
            let shared = Arc::clone(shared);
            // The request that it waits for comes meanwhile.
            std::thread::spawn(move || {
                let start = Instant::now();
                let has_come = || {
                    let requests = shared.requests.lock().expect("nobody panics with it");
                    requests.contains(&request)
                };
                while !has_come() && !shared.is_over.load(Ordering::SeqCst) {
                    if start.elapsed() > LONGEST {
                        return write(connection, Some(Reply::Status("500 Nobody asked")), true);
                    }
                    std::thread::sleep(Duration::from_millis(5));
                }
                write(connection, Some(*reply), true)
            });
            Ok(())
        }
        reply => write(connection, reply, is_known),
    }
}

/// Writes an answer.
fn write(mut connection: TcpStream, reply: Option<Reply>, is_known: bool) -> std::io::Result<()> {
    let (status, kind, body, half) = match reply {
        _ if !is_known => ("401 Unauthorized", "text/plain", b"who are you?".to_vec(), false),
        Some(Reply::Page(page)) => ("200 OK", "text/html", page.into_bytes(), false),
        Some(Reply::Json(files)) => {
            let page = serde_json::json!({"meta": {"api-version": "1.1"}, "files": files});
            ("200 OK", "application/vnd.pypi.simple.v1+json", page.to_string().into_bytes(), false)
        }
        Some(Reply::File(bytes)) => ("200 OK", "application/octet-stream", bytes, false),
        Some(Reply::Half(bytes)) => ("200 OK", "application/octet-stream", bytes, true),
        Some(Reply::Status(status) | Reply::Once(status, _)) => {
            (status, "text/plain", b"no".to_vec(), false)
        }
        Some(Reply::Behind(..)) => panic!("it waits for one request only"),
        None => ("404 Not Found", "text/plain", b"no such page".to_vec(), false),
    };
    write!(
        connection,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
         WWW-Authenticate: Basic realm=\"wheels\"\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    connection.write_all(&body[..if half { body.len() / 2 } else { body.len() }])
}
