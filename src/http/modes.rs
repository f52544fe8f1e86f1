//! The ways in which a server misbehaves, each with its end: the exit code with the code of the
//! failure, or none where the file comes all the same.
//!
//! Limits are short here, but for that of a whole download: a way that only this one ends would hold
//! the test for as long, and fail by its code.

use std::time::Duration;

use super::server::Then::{self, Close, Drip, Flood, Listen, Stall};
use super::server::{Reply, Server};
use super::tests::{asked_from, environment, fetch, of, told};
use super::{Client, Timeouts};
use crate::report::{Failure, FailureKind};

/// What happens where the network or the server fails at each try.
const FAILED: &str = "5 download-failed";

/// What a server says, whatever it is asked, and what follows: the file can't be fetched.
type Said = (&'static str, &'static [u8], Then);

/// Of a server or a proxy, in plain text.
const HEADS: &[Said] = &[
    ("it closes at once", b"", Close),
    ("it says nothing", b"", Stall),
    ("half a status line, closed", b"HTTP/1.1 2", Close),
    ("half a status line, silence", b"HTTP/1.1 2", Stall),
    ("the status line drips", b"HTTP/1.1 200 O", Drip(b'K')),
    ("a header drips", b"HTTP/1.1 200 OK\r\nX: ", Drip(b'x')),
    ("headers without end", b"HTTP/1.1 200 OK\r\n", Flood(b"X: y\r\n")),
    ("a header without end", b"HTTP/1.1 200 OK\r\nX: ", Flood(b"xxxxxxxx")),
    ("no blank line, closed", b"HTTP/1.1 200 OK\r\nX: y\r\n", Close),
    ("no blank line, silence", b"HTTP/1.1 200 OK\r\nX: y\r\n", Stall),
    ("newlines drip", b"", Drip(b'\n')),
    ("newlines without end", b"", Flood(b"\r\n\r\n\r\n")),
    ("zeros without end", b"", Flood(&[0; 64])),
    ("the greeting of another protocol", b"SSH-2.0-OpenSSH_9.6\r\n", Stall),
    ("a page without a head", b"<html>no</html>\r\n\r\n", Close),
    ("an alert of TLS", &[21, 3, 3, 0, 2, 2, 40], Close),
    ("a frame of HTTP/2", &[0, 0, 0, 4, 0, 0, 0, 0, 0], Stall),
    ("a version that is none", b"HTTP/9.9 200 OK\r\n\r\n", Close),
    ("a status that is no number", b"HTTP/1.1 yes OK\r\n\r\n", Close),
    ("a status of one digit", b"HTTP/1.1 2 OK\r\n\r\n", Close),
    ("a header without a colon", b"HTTP/1.1 200 OK\r\nheader\r\n\r\n", Close),
    ("a header with a zero", b"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n", Close),
    ("interim answers without end", b"", Flood(b"HTTP/1.1 100 Continue\r\n\r\n")),
    ("an interim answer drips", b"HTTP/1.1 103 Early Hints\r\nLink: ", Drip(b'a')),
    ("it switches protocols", b"HTTP/1.1 101 On\r\nUpgrade: h2c\r\n\r\n", Stall),
];

/// Of a server in plain text.
const BODIES: &[Said] = &[
    ("a length that is no number", b"HTTP/1.1 200 OK\r\nContent-Length: all\r\n\r\nabc", Close),
    ("a negative length", b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc", Close),
    (
        "a length beyond all numbers",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nabc",
        Stall,
    ),
    ("nothing has changed", b"HTTP/1.1 304 Not Modified\r\n\r\n", Listen),
    ("no content", b"HTTP/1.1 204 No Content\r\n\r\n", Listen),
    ("its page of the error drips", b"HTTP/1.1 500 No\r\nContent-Length: 99\r\n\r\n", Drip(b'x')),
    ("silence before the body", b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n", Stall),
    ("silence in the body", b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\nabc", Stall),
    ("the body drips", b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n", Drip(b'x')),
    ("a body without a length drips", b"HTTP/1.1 200 OK\r\n\r\n", Drip(b'x')),
    ("a body without a length is cut", b"HTTP/1.1 200 OK\r\n\r\nabc", Close),
    ("a body without a length, silence", b"HTTP/1.1 200 OK\r\n\r\nabc", Stall),
    ("a chunk drips", CHUNK, Drip(b'x')),
    ("a chunk is cut", CHUNK, Close),
    ("a chunk, silence", CHUNK, Stall),
    ("the length of a chunk drips", CHUNKED, Drip(b'0')),
    ("a chunk's length is no number", CHUNKED, Flood(b"zz\r\n")),
    ("a chunk's length is beyond all numbers", CHUNKED, Flood(b"fffffffffffffffffff\r\n")),
    ("an extension of a chunk drips", EXTENDED, Drip(b'x')),
    ("an extension of a chunk without end", EXTENDED, Flood(b"xxxxxxxx")),
    ("the next chunk drips", NEXT, Drip(b'0')),
    ("the last chunk is missing", NEXT, Close),
    ("a redirect drips", b"HTTP/1.1 302 Found\r\nLocation: /", Drip(b'x')),
];
const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const CHUNK: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\nabc";
const EXTENDED: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0;";
const NEXT: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";

/// Of a server to whom TLS is spoken.
const RECORDS: &[Said] = &[
    ("it is not answered", b"", Stall),
    ("it is hung up on", b"", Close),
    ("it is answered in plain text", b"HTTP/1.1 400 Bad Request\r\n\r\n", Close),
    ("it is refused", &[21, 3, 3, 0, 2, 2, 40], Close),
    ("a record is not finished", &[22, 3, 3, 64, 0], Stall),
    ("a record is cut", &[22, 3, 3, 64, 0], Close),
    ("a record drips", &[22, 3, 3, 64, 0], Drip(2)),
    ("records drip", b"", Drip(22)),
    ("empty records without end", b"", Flood(&[22, 3, 3, 0, 0])),
];

/// Of a proxy to whom SOCKS 5 is spoken (RFC 1928): `5 0` is that no password is wanted.
const SOCKS: &[Said] = &[
    ("it says nothing", b"", Stall),
    ("it hangs up", b"", Close),
    ("it wants a password", &[5, 255], Close),
    ("it is another protocol", b"HTTP/1.1 400 Bad Request\r\n\r\n", Close),
    ("it is ready, and says no more", &[5, 0], Stall),
    ("it can't reach the server", &[5, 0, 5, 4, 0, 1, 0, 0, 0, 0, 0, 0], Stall),
    ("the name where it is drips", &[5, 0, 5, 0, 0, 3, 255], Drip(b'x')),
    ("it reaches what says nothing", &[5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0], Stall),
    ("it reaches what drips", &[5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0], Drip(b'H')),
];

/// A status with headers and no body, at each request, and the end.
const STATUSES: &[(&str, &str, &str)] = &[
    ("408 Request Timeout", "X: y", FAILED),
    ("425 Too Early", "X: y", FAILED),
    ("429 Too Many Requests", "Retry-After: 18446744073709551615", FAILED),
    ("500 Internal Server Error", "X: y", FAILED),
    ("502 Bad Gateway", "X: y", FAILED),
    ("503 Busy for a day", "Retry-After: 86400", FAILED),
    ("503 Busy until a date", "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT", FAILED),
    ("206 Not asked for", "Content-Range: bytes 0-1999/2000", FAILED),
    ("418 Teapot", "X: y", FAILED),
    ("302 To itself", "Location: ?", FAILED),
    ("302 To no address", "Location: http://[", FAILED),
    ("302 To a file", "Location: file:///etc/passwd", FAILED),
    ("302 To nobody", "Location: http://127.0.0.1:1/a.whl", FAILED),
    ("302 To nowhere", "X: y", FAILED),
    ("401 Unauthorized", "WWW-Authenticate: Basic", "5 download-refused"),
    ("403 Forbidden", "X: y", "5 download-refused"),
    ("407 Proxy Authentication Required", "X: y", "5 download-refused"),
    ("404 Not Found", "X: y", "4 download-missing"),
    ("410 Gone", "X: y", "4 download-missing"),
    ("200 Empty", "X: y", FAILED),
];

/// What the server says to a request, by its number and its head.
type Script = fn(usize, &str) -> Reply;

/// What hangs on the request, or has an end of its own.
const SCRIPTS: &[(&str, Script, &str)] = &[
    ("another file", |_, _| Reply::new("200 OK", &[], &[0; 2_000]), "4 hash-mismatch"),
    ("a shorter file", |_, _| Reply::new("200 OK", &[], &wanted()[1..]), "4 hash-mismatch"),
    ("a longer file", |_, _| Reply::new("200 OK", &[], &[0; 2_001]), "4 download-too-large"),
    (
        "a bomb",
        |_, _| Reply::new("200 OK", &["Content-Encoding: gzip"], b"\x1f\x8b\x08\0\0\0\0\0\0\x03"),
        "4 hash-mismatch",
    ),
    (
        "a body without end",
        |_, _| Reply { bytes: b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), then: Flood(&[7; 4_096]) },
        "4 download-too-large",
    ),
    (
        "chunks without end",
        |_, _| Reply { bytes: CHUNKED.to_vec(), then: Flood(b"4\r\nabcd\r\n") },
        "4 download-too-large",
    ),
    ("trailers drip", |_, _| chunked("\r\n0\r\nX: ", Drip(b'x')), ""),
    ("trailers without end", |_, _| chunked("\r\n0\r\n", Flood(b"X: y\r\n")), ""),
    ("silence after the last byte", |_, _| chunked("", Stall), ""),
    ("cut, without parts", |_, _| Reply::cut("200 OK", &[], &wanted(), 1_000), FAILED),
    ("cut at once", |_, _| Reply::cut("200 OK", &[], &wanted(), 0), FAILED),
    ("one byte at a time", |_, head| part(head, 1), FAILED),
    ("299 bytes at a time", |_, head| part(head, 299), FAILED),
    ("300 bytes at a time", |_, head| part(head, 300), ""),
    (
        "the second half drips",
        |_, head| half(head, Reply { then: Drip(0), ..part(head, 0) }),
        FAILED,
    ),
    ("no parts", |number, head| no_part(number, head, Reply::new("200 OK", &[], &wanted())), ""),
    (
        "a part from elsewhere",
        |number, head| no_part(number, head, a_part("bytes 7-1999/2000", &wanted()[7..])),
        "",
    ),
    ("a part from nowhere", |number, head| no_part(number, head, a_part("?", &wanted())), ""),
    (
        "several parts",
        |number, head| no_part(number, head, Reply::new("206 Parts", &["X: y"], b"--x")),
        "",
    ),
    ("no such part", |number, head| no_part(number, head, Reply::new("416 No", &[], b"")), ""),
    ("no part ever", |_, head| half(head, Reply::new("416 No", &[], b"")), FAILED),
    ("empty parts", |_, head| half(head, part(head, 0)), FAILED),
    (
        "a part with other bytes",
        |_, head| half(head, a_part("bytes 1000-1999/2000", &[7; 1_000])),
        "4 hash-mismatch",
    ),
    (
        "a part that is too long",
        |_, head| half(head, a_part("bytes 1000-1999/2000", &[7; 1_001])),
        "4 download-too-large",
    ),
    (
        "redirects without end",
        |number, _| Reply::new("307 On", &[&format!("Location: /{number}")], b""),
        FAILED,
    ),
    (
        "ten redirects, then it is down",
        |number, _| match number % 11 {
            10 => Reply::new("500 No", &[], b""),
            _ => Reply::new("302 On", &[&format!("Location: /{number}")], b""),
        },
        FAILED,
    ),
    (
        "the page of a redirect drips",
        |number, _| match number {
            0 => Reply { then: Drip(0), ..Reply::cut("302 On", &["Location: /b"], &[0; 99], 0) },
            _ => Reply::new("200 OK", &[], &wanted()),
        },
        "",
    ),
];

/// The file.
fn wanted() -> Vec<u8> {
    (0_u32..500).flat_map(u32::to_le_bytes).collect()
}

/// The whole file in a chunk, and what follows.
fn chunked(after: &str, then: Then) -> Reply {
    Reply { bytes: [CHUNKED, b"7d0\r\n", &wanted(), after.as_bytes()].concat(), then }
}

fn a_part(range: &str, bytes: &[u8]) -> Reply {
    Reply::new("206 Partial Content", &[&format!("Content-Range: {range}")], bytes)
}

/// The rest of the file from where it is asked for, cut after some bytes.
fn part(head: &str, most: usize) -> Reply {
    let Some(from) = asked_from(head) else { return Reply::cut("200 OK", &[], &wanted(), most) };
    let rest = &wanted()[from..];
    let range = format!("Content-Range: bytes {from}-1999/2000");
    Reply::cut("206 Partial Content", &[&range], rest, rest.len().min(most))
}

/// The first half of the file, then what is said to who asks for the rest.
fn half(head: &str, rest: Reply) -> Reply {
    if asked_from(head).is_some() { rest } else { part(head, 1_000) }
}

/// The same, and the whole to who then asks for that.
fn no_part(number: usize, head: &str, rest: Reply) -> Reply {
    let is_again = number > 0 && asked_from(head).is_none();
    if is_again { Reply::new("200 OK", &[], &wanted()) } else { half(head, rest) }
}

/// How the file is fetched from a server: over plain text, with TLS, or by way of it as a proxy.
fn fetched(server: &Server, way: &str) -> String {
    let plain = server.url("a.whl");
    let socks = plain.replace("http:", "socks5h:");
    let (url, variables) = match way {
        "SOCKS" => ("http://wheels.invalid/a".to_owned(), vec![("HTTP_PROXY", socks.as_str())]),
        "TLS" => (plain.replace("http:", "https:"), vec![]),
        "proxy" => ("http://wheels.invalid/a".to_owned(), vec![("HTTP_PROXY", plain.as_str())]),
        _ => (plain, vec![]),
    };
    let short = Duration::from_millis(500);
    let timeouts = Timeouts {
        connect: short,
        silence: short,
        total: Duration::from_secs(120),
        first_pause: Duration::ZERO,
        longest_pause: Duration::ZERO,
        longest_asked: Duration::from_millis(1),
    };
    let client = Client::with_timeouts(&environment(&variables), timeouts).unwrap();
    let (bytes, result) = fetch(&client, &url, &of(&wanted()));
    match result.map_err(Failure::from) {
        Ok(()) if bytes == wanted() => String::new(),
        Ok(()) => "other bytes".to_owned(),
        Err(Failure { kind: FailureKind::Lambda, code, .. }) => format!("4 {code}"),
        Err(Failure { kind: FailureKind::Program, code, .. }) => format!("5 {code}"),
        Err(failure) => told(&failure),
    }
}

#[test]
fn every_way_in_which_a_server_misbehaves_has_an_end() {
    type Mode = (String, &'static str, Server, &'static str);
    let said = |way: &'static str, (name, bytes, then): &Said| -> Mode {
        let (bytes, then) = (*bytes, *then);
        let say = move |_: usize, _: &str| Reply { bytes: bytes.to_vec(), then };
        let is_first = ["TLS", "SOCKS"].contains(&way);
        let server = if is_first { Server::start_first(say) } else { Server::start(say) };
        (format!("{way}: {name}"), way, server, FAILED)
    };
    let status = |way: &'static str, (status, header, end): &(&'static str, &'static str, _)| {
        let (status, header) = (*status, *header);
        let server = Server::start(move |_, _| Reply::new(status, &[header], b""));
        (format!("{way}: {status}"), way, server, *end)
    };
    let refusals = STATUSES.iter().filter(|(status, ..)| status.starts_with(['4', '5']));
    // A proxy that knows no way is no file that is missing.
    let refusals = refusals.filter(|(_, _, end)| !end.ends_with("missing"));
    let modes = HEADS.iter().chain(BODIES).map(|it| said("plain", it));
    let modes = modes.chain(RECORDS.iter().map(|it| said("TLS", it)));
    let modes = modes.chain(SOCKS.iter().map(|it| said("SOCKS", it)));
    let modes = modes.chain(HEADS.iter().map(|it| said("proxy", it)));
    let modes = modes.chain(STATUSES.iter().map(|it| status("plain", it)));
    let modes = modes.chain(refusals.map(|it| status("proxy", it)));
    let modes =
        modes.chain(SCRIPTS.iter().map(|(name, script, end)| {
            ((*name).to_owned(), "plain", Server::start(*script), *end)
        }));

    let modes: Vec<Mode> = modes.collect();
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let tried = modes.iter().map(|it| (it, scope.spawn(|| fetched(&it.2, it.1))));
        let tried: Vec<_> = tried.collect();
        let ends = tried.into_iter().map(|((name, _, server, expected), tried)| {
            let (end, requests) = (tried.join().unwrap(), server.heads().len());
            let is_so = end == *expected && requests <= 50;
            (!is_so).then(|| format!("{name}: {end} after {requests} requests"))
        });
        ends.flatten().collect()
    });

    assert_eq!(wrong, Vec::<String>::new());
    assert!(modes.len() > 100, "{}", modes.len());
}
