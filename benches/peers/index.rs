//! A package index on loopback, as large as the public one: pages in JSON (PEP 691), and the metadata of
//! each wheel apart (PEP 658).

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::Result;

/// How many files the public index had of each project in December 2026; a page has as many, for to read
/// them is most of a resolver's work.
const FILES: [(&str, usize); 11] = [
    ("boto3", 4318),
    ("botocore", 4990),
    ("certifi", 143),
    ("charset-normalizer", 2633),
    ("idna", 75),
    ("jmespath", 39),
    ("python-dateutil", 58),
    ("requests", 244),
    ("s3transfer", 128),
    ("six", 48),
    ("urllib3", 192),
];

/// The files of one version of a project that is compiled, and of one that is not.
const COMPILED: [&str; 6] = [
    "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64",
    "cp311-cp311-musllinux_1_2_x86_64",
    "cp311-cp311-macosx_11_0_arm64",
    "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64",
    "cp312-cp312-manylinux_2_17_aarch64.manylinux2014_aarch64",
    "cp312-cp312-win_amd64",
];
const PURE: [&str; 1] = ["py3-none-any"];

/// An index. Its threads end with the program.
pub(crate) struct Index {
    address: SocketAddr,
    files: usize,
}

/// What it answers, by path: the kind of content, and the bytes.
type Replies = BTreeMap<String, (&'static str, Vec<u8>)>;

impl Index {
    /// Serves the wheels of a folder.
    ///
    /// # Errors
    ///
    /// A wheel can't be read, or there is no port.
    pub(crate) fn serving(wheels: &Path) -> Result<Self> {
        let unread = |error: &dyn std::fmt::Display| format!("cannot serve the wheels: {error}");
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| unread(&error))?;
        let address = listener.local_addr().map_err(|error| unread(&error))?;
        let (mut replies, mut pages) = (Replies::new(), BTreeMap::<String, Vec<Value>>::new());
        for entry in fs::read_dir(wheels).map_err(|error| unread(&error))? {
            let path = entry.map_err(|error| unread(&error))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let bytes = fs::read(&path).map_err(|error| unread(&error))?;
            let metadata = metadata(&bytes).map_err(|error| unread(&error))?;
            let (hash, about) = (sha256(&bytes), sha256(&metadata));
            let project =
                name.split('-').next().unwrap_or_default().replace('_', "-").to_lowercase();
            let listed = file(address, &name, &hash, bytes.len(), Some(&about));
            pages.entry(project).or_default().push(listed);
            replies.insert(format!("/files/{name}.metadata"), ("text/plain", metadata));
            replies.insert(format!("/files/{name}"), ("application/octet-stream", bytes));
        }
        let mut files = 0;
        for (project, mut listed) in pages {
            let known = FILES.iter().find(|(name, _)| *name == project);
            listed.extend(older(address, &project, known.map_or(100, |(_, files)| *files)));
            files += listed.len();
            let page = json!({"meta": {"api-version": "1.1"}, "name": project, "files": listed});
            let kind = "application/vnd.pypi.simple.v1+json";
            replies.insert(format!("/simple/{project}/"), (kind, page.to_string().into_bytes()));
        }
        let replies = Arc::new(replies);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let replies = Arc::clone(&replies);
                // A client that hangs up is its own business.
                thread::spawn(move || drop(serve(connection, &replies)));
            }
        });
        Ok(Self { address, files })
    }

    /// Its address for pip and uv.
    pub(crate) fn simple(&self) -> String {
        format!("http://{}/simple", self.address)
    }

    /// How many files it lists.
    pub(crate) fn files(&self) -> usize {
        self.files
    }
}

/// The files of older versions that a page lists.
fn older(address: SocketAddr, project: &str, count: usize) -> impl Iterator<Item = Value> {
    let stem = project.replace('-', "_");
    let tags: &[&str] = if project == "charset-normalizer" { &COMPILED } else { &PURE };
    let of_version = move |minor: usize| {
        let stem = stem.clone();
        let wheels = tags
            .iter()
            .map(move |tag| format!("{stem}-0.{}.{}-{tag}.whl", minor / 100, minor % 100));
        wheels.collect::<Vec<_>>()
    };
    let project = project.to_owned();
    let sdist = move |minor: usize| format!("{project}-0.{}.{}.tar.gz", minor / 100, minor % 100);
    let names = (0..).flat_map(move |minor| of_version(minor).into_iter().chain([sdist(minor)]));
    names.take(count.saturating_sub(1)).map(move |name| {
        let hash = sha256(name.as_bytes());
        let about = name.ends_with(".whl").then_some(hash.as_str());
        file(address, &name, &hash, 100_000, about)
    })
}

/// A file, as a page lists it.
fn file(address: SocketAddr, name: &str, hash: &str, size: usize, about: Option<&str>) -> Value {
    let about = about.map_or(json!(false), |hash| json!({"sha256": hash}));
    json!({
        "core-metadata": about,
        "data-dist-info-metadata": about,
        "filename": name,
        "hashes": {"sha256": hash},
        "provenance": null,
        "requires-python": ">=3.8",
        "size": size,
        "upload-time": "2023-12-13T20:58:40.123456Z",
        "url": format!("http://{address}/files/{name}"),
        "yanked": false,
    })
}

/// The METADATA of a wheel.
fn metadata(wheel: &[u8]) -> zip::result::ZipResult<Vec<u8>> {
    let mut wheel = zip::ZipArchive::new(std::io::Cursor::new(wheel))?;
    let is_it = |name: &String| name.ends_with(".dist-info/METADATA");
    let name = wheel.file_names().flatten().map(|it| it.into_owned()).find(is_it);
    let name = name.unwrap_or_default();
    let mut bytes = Vec::new();
    wheel.by_name(&name)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Answers what one client asks, until it hangs up.
fn serve(mut connection: TcpStream, replies: &Replies) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut lines = BufReader::new(connection.try_clone()?).lines();
    while let Some(request) = lines.next().transpose()? {
        for line in lines.by_ref() {
            if line?.is_empty() {
                break;
            }
        }
        let mut words = request.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (status, kind, body) = match replies.get(path) {
            Some((kind, body)) => ("200 OK", *kind, body.as_slice()),
            None => ("404 Not Found", "text/plain", &b"no such page"[..]),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        connection.write_all(head.as_bytes())?;
        if method != "HEAD" {
            connection.write_all(body)?;
        }
    }
    Ok(())
}
