//! What the door to the network promises, tried on servers of the tests' own.

use std::time::Duration;

use camino::Utf8PathBuf;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

use super::server::{Reply, Server, Then};
use super::*;
use crate::fs::{self, TemporaryDirectory};
use crate::patience::Limits;
use crate::report::as_clause;

/// A file of more bytes than are read at once.
fn file() -> Vec<u8> {
    (0_u32..50_000).flat_map(u32::to_le_bytes).collect()
}

pub(super) fn environment(variables: &[(&str, &str)]) -> Environment {
    Environment::new(variables.iter().map(|(name, value)| (name.into(), value.into())))
}

/// A client that does not pause.
fn client(variables: &[(&str, &str)]) -> Client {
    let timeouts = Timeouts {
        first_pause: Duration::ZERO,
        longest_asked: Duration::ZERO,
        ..Timeouts::default()
    };
    Client::with_timeouts(&environment(variables), timeouts).unwrap()
}

/// What is known of a file.
pub(super) fn of(bytes: &[u8]) -> Expected {
    Expected { digest: Sha256Digest::of(bytes), size: Some(bytes.len() as u64) }
}

/// Fetches into memory.
pub(super) fn fetch(
    client: &Client,
    url: &str,
    expected: &Expected,
) -> (Vec<u8>, Result<(), Error>) {
    let mut bytes = Vec::new();
    let result = client.fetch(url, expected, &mut |piece| {
        bytes.extend_from_slice(piece);
        Ok(())
    });
    (bytes, result)
}

/// Why a file could not be fetched, as it is told.
fn failed(result: Result<(), Error>) -> Failure {
    result.unwrap_err().into()
}

/// A failure as the user sees it: its code, its message, its causes, its hint.
pub(super) fn told(failure: &Failure) -> String {
    let mut text = format!("{}: {}", failure.code, failure.message);
    for cause in &failure.causes {
        text += &format!("; {cause}");
    }
    text + &failure.hint.as_ref().map_or_else(String::new, |hint| format!("; hint: {hint}"))
}

/// The value of a header in the head of a request.
fn header(head: &str, name: &str) -> Option<String> {
    let value = |line: &str| {
        let (found, value) = line.split_once(": ")?;
        found.eq_ignore_ascii_case(name).then(|| value.to_owned())
    };
    head.lines().find_map(value)
}

/// The first byte that a request asks for.
pub(super) fn asked_from(head: &str) -> Option<usize> {
    header(head, "range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
}

#[test]
fn a_file_arrives_and_the_connection_is_kept_for_the_next() {
    let server = Server::start(|_, _| Reply::new("200 OK", &[], &file()));
    let client = client(&[]);

    for name in ["a.whl", "b.whl#sha256=0"] {
        let (bytes, result) = fetch(&client, &server.url(name), &of(&file()));
        result.unwrap();
        assert_eq!(bytes, file());
    }

    let heads = server.heads();
    assert!(heads[1].starts_with("GET /b.whl HTTP/1.1\r\n"), "{}", heads[1]);
    let name = format!("cargo-dofs-package/{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(header(&heads[0], "user-agent"), Some(name));
    assert_eq!(header(&heads[0], "accept-encoding").as_deref(), Some("identity"));
    assert_eq!(header(&heads[0], "range"), None);
    assert_eq!(server.connections(), 1);
}

#[test]
fn one_client_serves_many_threads() {
    let server = Server::start(|_, _| Reply::new("200 OK", &[], &file()));
    let (client, url) = (client(&[]), server.url("a.whl"));

    std::thread::scope(|scope| {
        let fetches: Vec<_> =
            (0..4).map(|_| scope.spawn(|| fetch(&client, &url, &of(&file())))).collect();
        for fetch in fetches {
            let (bytes, result) = fetch.join().unwrap();
            result.unwrap();
            assert_eq!(bytes, file());
        }
    });
}

#[test]
fn a_failure_that_may_pass_is_tried_again() {
    for status in ["408 Request Timeout", "425 Too Early", "429 Slow Down", "500 No", "503 No"] {
        let server = Server::start(move |number, _| match number {
            0 => Reply::new(status, &["Retry-After: 7"], b""),
            1 => Reply { bytes: b"HTT".to_vec(), then: Then::Close },
            _ => Reply::new("200 OK", &[], &file()),
        });

        let (bytes, result) = fetch(&client(&[]), &server.url("a.whl"), &of(&file()));

        result.unwrap();
        assert_eq!((bytes, server.heads().len()), (file(), 3), "{status}");
    }
}

#[test]
fn a_body_that_is_cut_is_resumed_and_each_byte_comes_once() {
    // Ten tries, more than are made in a row: each brings some bytes.
    let server = Server::start(|_, head| {
        let from = asked_from(head).unwrap_or(0);
        let rest = &file()[from..];
        let range = format!("Content-Range: bytes {from}-{}/{}", file().len() - 1, file().len());
        let (status, headers) =
            if from == 0 { ("200 OK", vec![]) } else { ("206 Partial Content", vec![&*range]) };
        Reply::cut(status, &headers, rest, rest.len().min(20_000))
    });

    let (bytes, result) = fetch(&client(&[]), &server.url("a.whl"), &of(&file()));

    result.unwrap();
    assert_eq!(bytes, file());
    let asked: Vec<_> = server.heads().iter().map(|head| asked_from(head)).collect();
    let starts = (1..10).map(|number| Some(number * 20_000));
    assert_eq!(asked, [None].into_iter().chain(starts).collect::<Vec<_>>());
}

#[test]
fn a_body_that_stalls_ends_by_itself_and_is_resumed() {
    let server = Server::start(|number, head| match number {
        0 => Reply { then: Then::Stall, ..Reply::cut("200 OK", &[], &file(), 70_000) },
        _ => {
            let from = asked_from(head).unwrap();
            let range = format!("Content-Range: bytes {from}-199999/200000");
            Reply::new("206 Partial Content", &[&range], &file()[from..])
        }
    });
    let mut client = client(&[]);
    client.timeouts.silence = Duration::from_millis(500);

    let (bytes, result) = fetch(&client, &server.url("a.whl"), &of(&file()));

    result.unwrap();
    assert_eq!(bytes, file());
    assert_eq!(asked_from(&server.heads()[1]), Some(70_000));
}

#[test]
fn a_server_without_ranges_sends_all_again_and_what_is_known_is_passed_over() {
    let whole = "Content-Range: bytes 0-199999/200000";
    for (status, headers) in [
        ("200 OK", vec![]),
        ("416 Range Not Satisfiable", vec![]),
        ("206 Partial Content", vec![whole]),
    ] {
        let server = Server::start(move |number, head| match number {
            0 => Reply::cut("200 OK", &[], &file(), 70_000),
            _ if asked_from(head).is_some() => Reply::new(status, &headers, &file()),
            _ => Reply::new("200 OK", &[], &file()),
        });

        let (bytes, result) = fetch(&client(&[]), &server.url("a.whl"), &of(&file()));

        result.unwrap();
        assert_eq!(bytes, file(), "{status}");
    }
}

#[test]
fn a_body_without_a_length_that_is_cut_is_resumed_where_the_size_is_known() {
    let server = Server::start(|number, head| match number {
        0 => Reply { bytes: b"HTTP/1.1 200 OK\r\n\r\nhalf ".to_vec(), then: Then::Close },
        _ => {
            assert_eq!(asked_from(head), Some(5));
            Reply::new("206 Partial Content", &["Content-Range: bytes 5-8/9"], b"full")
        }
    });

    let (bytes, result) = fetch(&client(&[]), &server.url("a.whl"), &of(b"half full"));

    result.unwrap();
    assert_eq!(bytes, b"half full");
}

#[test]
fn another_file_is_told_by_its_digest_and_not_fetched_again() {
    let server = Server::start(|_, _| Reply::new("200 OK", &[], b"another"));

    let (_, result) = fetch(&client(&[]), &server.url("a.whl"), &of(b"the one"));

    let url = server.url("a.whl");
    assert_eq!(
        told(&failed(result)),
        format!(
            "hash-mismatch: `a.whl` from `{url}` has another hash than expected; \
             expected {:?}; found {:?}; \
             hint: find out why the file was replaced before you trust it",
            Sha256Digest::of(b"the one"),
            Sha256Digest::of(b"another"),
        )
    );
    assert_eq!(server.heads().len(), 1);
}

#[test]
fn more_bytes_than_expected_are_not_taken() {
    let chunked =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n0\r\n\r\n";
    let server = Server::start(|number, _| match number {
        0 => Reply::new("200 OK", &[], b"12345678"),
        1 => Reply { bytes: chunked.to_vec(), then: Then::Listen },
        _ => Reply {
            bytes: b"HTTP/1.1 200 OK\r\nContent-Length: 268435457\r\n\r\n".to_vec(),
            then: Then::Stall,
        },
    });
    let (client, url) = (client(&[]), server.url("a.whl"));
    for _ in 0..2 {
        let (bytes, result) = fetch(&client, &url, &of(b"1234567"));
        assert_eq!(
            told(&failed(result)),
            format!(
                "download-too-large: `a.whl` from `{url}` is larger than 7 bytes; \
                 that is the size that it should have; \
                 hint: find out why the file was replaced before you trust it"
            )
        );
        assert_eq!(bytes, b"");
    }

    let (_, result) = fetch(&client, &url, &Expected { size: None, ..of(b"") });

    assert_eq!(
        told(&failed(result)),
        format!(
            "download-too-large: `a.whl` from `{url}` is larger than 268435456 bytes; \
             no wheel of that size fits into a lambda"
        )
    );
    assert_eq!(server.heads().len(), 3);
}

#[test]
fn answers_that_would_be_the_same_again_end_the_fetch() {
    let refused = "download-refused: may not fetch";
    let missing = "download-missing: there is no";
    let failed = "download-failed: cannot fetch";
    let credentials = "give pip credentials for the server, by its keyring or a `.netrc`";
    let upgrade = "choose anew with `cargo dofs-package lock --upgrade`";
    let network = "check the network; behind a proxy, set `HTTPS_PROXY`";
    for (status, start, hint) in [
        ("401 Unauthorized", refused, credentials),
        ("403 Forbidden", refused, credentials),
        ("407 Proxy Authentication Required", refused, credentials),
        ("404 Not Found", missing, upgrade),
        ("410 Gone", missing, upgrade),
        ("400 Bad Request", failed, network),
        ("206 Partial Content", failed, network),
        ("304 Not Modified", failed, network),
        ("302 Found", failed, network),
    ] {
        let server = Server::start(move |_, _| Reply::new(status, &[], b""));
        let url = server.url("a.whl");

        let (_, result) = fetch(&client(&[]), &url, &of(b"a"));

        let error = result.unwrap_err();
        let said = format!("{start} `a.whl` from `{url}`; the server answered {status}");
        assert_eq!(matches!(error, Error::Unauthorized(_)), start == refused);
        assert_eq!(told(&error.into()), format!("{said}; hint: {hint}"));
        assert_eq!(server.heads().len(), 1);
    }
}

#[test]
fn a_server_that_is_always_down_is_tried_five_times() {
    let server = Server::start(|_, _| Reply::new("503 Service Unavailable", &[], b"busy"));
    let url = server.url("a.whl").replace("//", "//user:secret@") + "?token=secret";

    let (_, result) = fetch(&client(&[]), &url, &of(b"a"));

    let shown = server.url("a.whl").replace("//", "//****@");
    assert_eq!(
        told(&failed(result)),
        format!(
            "download-failed: cannot fetch `a.whl` from `{shown}`; \
             the server answered 503 Service Unavailable (the last of 5 tries); \
             hint: check the network; behind a proxy, set `HTTPS_PROXY`"
        )
    );
    assert_eq!(server.heads().len(), 5);
}

#[test]
fn a_file_takes_fifty_requests_at_most() {
    let server = Server::start(|_, head| {
        let from = asked_from(head).unwrap_or(0);
        let range = format!("Content-Range: bytes {from}-199999/200000");
        let status = if from == 0 { "200 OK" } else { "206 Partial Content" };
        Reply::cut(status, &[&range], &file()[from..], 400)
    });

    let (_, result) = fetch(&client(&[]), &server.url("a.whl"), &of(&file()));

    assert_eq!(failed(result).causes, ["it takes more than 50 requests"]);
    assert_eq!(server.heads().len(), 50);
}

#[test]
fn a_download_ends_in_the_time_that_the_settings_allow_for_all_of_it() {
    let replies: [fn() -> Reply; 7] = [
        || Reply { bytes: Vec::new(), then: Then::Stall },
        || Reply { bytes: b"HTTP/1.1 200 OK\r\nX: ".to_vec(), then: Then::Drip(b'x') },
        || Reply { then: Then::Stall, ..Reply::cut("200 OK", &[], &file(), 70_000) },
        || Reply { then: Then::Drip(0), ..Reply::cut("200 OK", &[], &file(), 70_000) },
        || Reply::new("503 Busy", &["Retry-After: 3600"], b""),
        || Reply::new("503 Busy", &[], b""),
        || Reply { bytes: Vec::new(), then: Then::Close },
    ];
    for (number, reply) in replies.into_iter().enumerate() {
        let server = Server::start(move |_, _| reply());
        let limits = Limits { total: Duration::from_millis(600), ..Limits::default() };
        let client = Client::new(&environment(&[]).limited(limits)).unwrap();
        let url = server.url("a.whl");

        let (_, result) = fetch(&client, &url, &of(&file()));

        assert_eq!(
            told(&failed(result)),
            format!(
                "timed-out: `a.whl` from `{url}` was not done in 0.6 s; \
                 hint: raise `timeout` in dofs-package.toml, if it only needs more time"
            ),
            "{number}"
        );
    }
}

#[test]
fn a_server_that_hangs_up_is_tried_five_times() {
    let server = Server::start(|_, _| Reply { bytes: Vec::new(), then: Then::Close });

    let (_, result) = fetch(&client(&[]), &server.url("a.whl"), &of(b"a"));

    let failure = failed(result);
    assert_eq!(failure.code, "download-failed");
    assert!(failure.causes[0].ends_with(" (the last of 5 tries)"), "{:?}", failure.causes);
    assert_eq!(server.heads().len(), 5);
}

#[test]
fn what_the_caller_can_not_keep_ends_the_fetch() {
    let server = Server::start(|_, _| Reply::new("200 OK", &[], b"a"));
    let url = server.url("a.whl");

    let full = &mut |_: &[u8]| Err(io::Error::other("the disk is full"));
    let failure = failed(client(&[]).fetch(&url, &of(b"a"), full));

    let said = "the disk is full";
    assert_eq!(
        told(&failure),
        format!("download-unkept: cannot keep `a.whl` from `{url}`; {said}")
    );
    assert_eq!(server.heads().len(), 1);
}

#[test]
fn what_is_no_address_of_the_web_is_not_fetched() {
    for url in ["a.whl", "ftp://host/a.whl", "https://"] {
        let (_, result) = fetch(&client(&[]), url, &of(b""));
        assert_eq!(failed(result).code, "download-address", "{url}");
    }
}

#[test]
fn redirects_are_followed_but_not_for_ever() {
    let server = Server::start(|_, head| match head.split(' ').nth(1) {
        Some("/simple/a.whl") => Reply::new("302 Found", &["Location: ../files/a.whl?s=1"], b"on"),
        Some("/files/a.whl?s=1") => Reply::new("200 OK", &[], b"a"),
        Some("/gone") => Reply::new("308 Permanent Redirect", &["Location: /none?s=1"], b""),
        Some("/round") => Reply::new("307 Temporary Redirect", &["Location: /round"], b""),
        _ => Reply::new("404 Not Found", &[], b""),
    });
    let client = client(&[]);
    let causes = |path| failed(fetch(&client, &server.url(path), &of(b"a")).1).causes;

    fetch(&client, &server.url("simple/a.whl"), &of(b"a")).1.unwrap();
    let none = server.url("none");
    assert_eq!(causes("gone"), [format!("`{none}?****` answered 404 Not Found")]);
    let before = server.heads().len();
    assert_eq!(causes("round"), ["it redirects more than 10 times"]);
    assert_eq!(server.heads().len() - before, 11);
}

#[test]
fn a_proxy_is_used_but_not_where_it_is_not_wanted() {
    let proxy = Server::start(|_, head| match head.split(' ').next() {
        Some("CONNECT") => Reply { bytes: b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), then: Then::Listen },
        _ => Reply::new("200 OK", &[], b"by proxy"),
    });
    let server = Server::start(|_, _| Reply::new("200 OK", &[], b"directly"));
    let address = proxy.url("").replace("//", "//user:p%40ss@");

    for name in ["http_proxy", "HTTP_PROXY", "ALL_PROXY", "PIP_PROXY"] {
        let client = client(&[(name, &address)]);
        fetch(&client, "http://wheels.invalid/a.whl", &of(b"by proxy")).1.unwrap();
    }
    let heads = proxy.heads();
    assert_eq!(heads.len(), 8);
    assert!(heads[0].starts_with("CONNECT wheels.invalid:80 HTTP/1.1\r\n"), "{}", heads[0]);
    assert_eq!(header(&heads[0], "proxy-authorization"), Some("Basic dXNlcjpwQHNz".to_owned()));

    let url = server.url("a.whl");
    let excepted = client(&[("HTTP_PROXY", &address), ("NO_PROXY", "x, 127.0.0.0/8")]);
    fetch(&excepted, &url, &of(b"directly")).1.unwrap();
    let others = client(&[("HTTPS_PROXY", &address)]);
    fetch(&others, &url, &of(b"directly")).1.unwrap();
    assert_eq!(proxy.heads().len(), 8);
}

#[test]
fn a_proxy_that_refuses_is_told_of() {
    for (status, code, tries) in [
        ("407 Proxy Authentication Required", "download-refused", 1),
        ("404 Not Found", "download-failed", 1),
        ("502 Bad Gateway", "download-failed", 5),
    ] {
        let proxy = Server::start(move |_, _| Reply::new(status, &[], b""));
        let client = client(&[("HTTP_PROXY", &proxy.url(""))]);

        let (_, result) = fetch(&client, "http://wheels.invalid/a.whl", &of(b"a"));

        let mut failure = failed(result);
        assert_eq!((failure.code, proxy.heads().len()), (code, tries), "{status}");
        let cause = failure.causes.remove(0);
        assert!(cause.starts_with(&format!("the proxy answered {status}")), "{cause}");
    }
}

#[test]
fn a_proxy_that_can_not_be_understood_is_an_error_without_its_password() {
    for (value, shown) in [
        ("gopher://proxy", "gopher://proxy"),
        ("user:secret@proxy:port", "http://****@proxy:port"),
        ("http://", "http://"),
        ("a proxy", "http://a proxy"),
    ] {
        let error = Client::new(&environment(&[("HTTPS_PROXY", value)])).err().unwrap();
        assert_eq!(
            told(&error),
            format!(
                "proxy: `HTTPS_PROXY` names no proxy: `{shown}`; \
                 hint: set `HTTPS_PROXY` to `http://host:port`, or to nothing"
            )
        );
    }
    for value in ["proxy:3128", "http://proxy", "https://u:p@proxy/", "socks5h://[::1]:1080"] {
        assert!(Client::new(&environment(&[("HTTPS_PROXY", value)])).is_ok(), "{value}");
    }
}

#[test]
fn exceptions_from_proxies_are_hosts_and_networks() {
    for (list, url, is_direct) in [
        ("*", "https://any/", true),
        ("host", "https://host/", true),
        ("HOST", "https://host/", true),
        ("host", "https://sub.host/", true),
        ("host", "https://otherhost/", false),
        (".host,*.other", "https://sub.other/", true),
        ("a b", "https://b/", true),
        ("host:8443", "https://host/", false),
        ("host:443", "https://host/", true),
        ("10.0.0.0/8", "https://10.1.2.3/", true),
        ("10.0.0.0/8", "https://11.1.2.3/", false),
        ("10.0.0.1", "https://10.0.0.1:8443/", true),
        ("10.0.0.1:443", "https://10.0.0.1:8443/", false),
        ("10.0.0.0/x", "https://10.0.0.0/", false),
        ("::1", "https://[::1]/", true),
        ("[::1]:443", "https://[::1]/", true),
        ("fd00::/8", "https://[fd12::1]/", true),
        ("fd00::/8", "https://[fe80::1]/", false),
        ("0.0.0.0/0", "https://host/", false),
        (",", "https://host/", false),
    ] {
        let variables = [("HTTPS_PROXY", "proxy"), ("NO_PROXY", list)];
        let proxies = Proxies::read(&environment(&variables)).unwrap();
        let proxy = proxies.towards(&Url::parse(url).unwrap());
        assert_eq!(proxy.is_none(), is_direct, "{list} {url}");
    }
    let of_pip = [("PIP_PROXY", "proxy"), ("NO_PROXY", "*")];
    let proxies = Proxies::read(&environment(&of_pip)).unwrap();
    assert!(proxies.towards(&Url::parse("https://host/").unwrap()).is_some());
}

#[test]
fn pauses_double_up_to_a_limit_and_servers_may_ask_for_longer_ones() {
    let timeouts = Timeouts::default();
    let own: Vec<_> = (0..8).map(|failures| timeouts.pause(failures, None).as_millis()).collect();
    assert_eq!(own, [250, 250, 500, 1_000, 2_000, 4_000, 4_000, 4_000]);
    assert_eq!(timeouts.pause(u32::MAX, None).as_secs(), 4);
    for (asked, pause) in [(0, 2), (7, 7), (30, 30), (3_600, 30)] {
        assert_eq!(timeouts.pause(4, Some(Duration::from_secs(asked))).as_secs(), pause);
    }
}

#[test]
fn plain_addresses_are_secure_and_hold_no_secrets() {
    for (url, is) in [
        ("https://host/a.whl", true),
        ("https://host:8443/a.whl#sha256=0", true),
        ("http://127.0.0.1:80/a.whl", true),
        ("http://127.1.2.3/a.whl", true),
        ("http://[::1]/a.whl", true),
        ("http://LOCALHOST/a.whl", true),
        ("http://host/a.whl", false),
        ("http://localhost.host/a.whl", false),
        ("https://user@host/a.whl", false),
        ("https://:secret@host/a.whl", false),
        ("https://host/a.whl?token=secret", false),
        ("https://host/a.whl?", false),
        ("file:///a.whl", false),
        ("ftp://127.0.0.1/a.whl", false),
        ("a.whl", false),
    ] {
        assert_eq!(is_plain(url), is, "{url}");
    }
}

/// An authority that vouches for a server on the loopback interface.
struct Authority {
    /// Its certificate, as text.
    certificate: String,
    /// The server's side.
    server: ServerConfig,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(parameters, key);
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let chain = vec![leaf.signed_by(&key, &issuer).unwrap().der().clone()];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let server = ServerConfig::builder().with_no_client_auth();
        Self { certificate, server: server.with_single_cert(chain, key).unwrap() }
    }

    /// Writes its certificate into a folder.
    fn write(&self, folder: &TemporaryDirectory) -> Utf8PathBuf {
        let path = folder.path().join("authority.pem");
        fs::write(&path, self.certificate.as_bytes()).unwrap();
        path
    }
}

#[test]
fn certificates_come_from_the_first_variable_that_is_set() {
    let (folder, others) = (TemporaryDirectory::new().unwrap(), TemporaryDirectory::new().unwrap());
    let authority = Authority::new("authority");
    let (bundle, other) = (authority.write(&folder), Authority::new("other").write(&others));
    let server = Server::start_tls(authority.server, |_, _| Reply::new("200 OK", &[], &file()));
    let folders = format!("{}:{}", others.path(), folder.path());

    for variables in [
        vec![("SSL_CERT_FILE", bundle.as_str())],
        vec![("CURL_CA_BUNDLE", bundle.as_str()), ("SSL_CERT_FILE", other.as_str())],
        vec![("REQUESTS_CA_BUNDLE", folder.path().as_str())],
        vec![("PIP_CERT", bundle.as_str()), ("REQUESTS_CA_BUNDLE", "missing")],
        #[cfg(unix)]
        vec![("SSL_CERT_DIR", folders.as_str())],
    ] {
        let (bytes, result) = fetch(&client(&variables), &server.url("a.whl"), &of(&file()));
        result.unwrap();
        assert_eq!(bytes, file(), "{variables:?}");
    }
}

#[test]
fn a_server_that_nobody_vouches_for_is_not_asked() {
    let others = TemporaryDirectory::new().unwrap();
    let other = Authority::new("other").write(&others);
    let server = Server::start_tls(Authority::new("authority").server, |_, _| {
        Reply::new("200 OK", &[], b"a")
    });
    let url = server.url("a.whl");

    for variables in [vec![("PIP_CERT", other.as_str())], vec![]] {
        let (_, result) = fetch(&client(&variables), &url, &of(b"a"));
        assert_eq!(
            told(&failed(result)),
            format!(
                "certificates: cannot trust the server of `a.whl` from `{url}`; \
                 invalid peer certificate: UnknownIssuer; hint: set `SSL_CERT_FILE` \
                 to a bundle with the certificate of your proxy or mirror"
            )
        );
    }
    assert_eq!((server.connections(), server.heads().len()), (2, 0));
}

#[test]
fn certificates_that_can_not_be_used_are_an_error_when_they_are_needed() {
    let folder = TemporaryDirectory::new().unwrap();
    let (none, broken) = (folder.path().join("none.pem"), folder.path().join("broken.pem"));
    let missing = folder.path().join("missing.pem");
    let pem = |inside: &str| {
        format!("-----BEGIN CERTIFICATE-----\n{inside}\n-----END CERTIFICATE-----\n")
    };
    fs::write(&none, pem("bm9uZQ==").as_bytes()).unwrap();
    fs::write(&broken, pem("!").as_bytes()).unwrap();
    let server = Server::start(|_, _| Reply::new("200 OK", &[], b"a"));

    for (path, why) in [
        (
            &missing,
            format!(
                "cannot resolve `PATH`; {}",
                as_clause(&io::Error::from_raw_os_error(2).to_string())
            ),
        ),
        (&none, "cannot use `PATH`; it has no certificate".to_owned()),
        (&broken, "cannot use `PATH`; a certificate in it is garbled".to_owned()),
    ] {
        let client = client(&[("REQUESTS_CA_BUNDLE", path.as_str())]);
        fetch(&client, &server.url("a.whl"), &of(b"a")).1.unwrap();

        let (_, result) = fetch(&client, "https://127.0.0.1/a.whl", &of(b"a"));

        assert_eq!(
            told(&failed(result)),
            format!(
                "certificates: `REQUESTS_CA_BUNDLE` names no certificates that can be used; {why}; \
                 hint: set `REQUESTS_CA_BUNDLE` to a bundle of certificates, or to nothing"
            )
            .replace("PATH", path.as_str())
        );
    }
}

#[test]
fn no_redirect_leads_from_https_to_http() {
    let folder = TemporaryDirectory::new().unwrap();
    let authority = Authority::new("authority");
    let bundle = authority.write(&folder);
    let plain = Server::start(|_, _| Reply::new("200 OK", &[], b"a"));
    let target = format!("Location: {}", plain.url("a.whl"));
    let server =
        Server::start_tls(authority.server, move |_, _| Reply::new("302 Found", &[&target], b""));
    let client = client(&[("SSL_CERT_FILE", bundle.as_str())]);

    let (_, result) = fetch(&client, &server.url("a.whl"), &of(b"a"));

    assert_eq!(failed(result).causes, ["it redirects from `https` to `http`"]);
    assert_eq!(plain.heads().len(), 0);
}
