//! Asks a server for a file, or for what is missing of it, and follows where it points.

use std::time::Duration;

use ureq::Body;
use ureq::http::header::{CONTENT_RANGE, LOCATION, RANGE, RETRY_AFTER};
use ureq::http::{HeaderName, Response};
use url::Url;

use super::Client;
use super::error::Subject;
use super::retry::TryError;
use crate::process::redact;
use crate::report::Failure;

/// How many redirects are followed.
const REDIRECTS: u32 = 10;

/// A server's answer that has bytes of the file.
pub(super) struct Answer {
    pub(super) body: Body,
    /// Where in the file they begin.
    pub(super) start: u64,
}

/// Asks for a file from a byte on. An answer may begin at byte 0 nevertheless: not every server
/// can give a part.
pub(super) fn ask(
    client: &Client,
    subject: &Subject,
    url: &Url,
    from: u64,
) -> Result<Answer, TryError> {
    let mut hop = url.clone();
    for _ in 0..=REDIRECTS {
        let mut request = client.towards(&hop)?.get(hop.as_str());
        if from > 0 {
            request = request.header(RANGE, format!("bytes={from}-"));
        }
        let response = request.call().map_err(|error| TryError::of_network(error, subject))?;
        let Some(location) = location(&response) else {
            return judge(response, subject, from, &who(url, &hop));
        };
        hop = follow(&hop, location).map_err(|cause| TryError::for_good(subject, cause))?;
    }
    Err(TryError::for_good(subject, format!("it redirects more than {REDIRECTS} times")))
}

/// Where an answer points, if it points anywhere.
fn location(response: &Response<Body>) -> Option<&str> {
    let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    is_redirect.then(|| text(response, &LOCATION)).flatten()
}

/// The next address; an error is a cause.
fn follow(hop: &Url, location: &str) -> Result<Url, String> {
    let mut next = hop
        .join(location)
        .map_err(|error| format!("it redirects to what is no address: {error}"))?;
    next.set_fragment(None);
    match (hop.scheme(), next.scheme()) {
        (_, "https") | ("http", "http") => Ok(next),
        (from, to) => Err(format!("it redirects from `{from}` to `{to}`")),
    }
}

/// Takes an answer, or says what is wrong with it.
fn judge(
    response: Response<Body>,
    subject: &Subject,
    from: u64,
    who: &str,
) -> Result<Answer, TryError> {
    let status = response.status();
    let cause = format!("{who} answered {status}");
    match status.as_u16() {
        200 | 203 => Ok(Answer { body: response.into_body(), start: 0 }),
        206 if from > 0 && start(&response) == Some(from) => {
            Ok(Answer { body: response.into_body(), start: from })
        }
        206 | 416 if from > 0 => Err(TryError::Range(cause)),
        401 | 403 | 407 => Err(subject.unauthorized(cause).into()),
        404 | 410 => Err(Failure::lambda("download-missing", format!("there is no {subject}"))
            .cause(cause)
            .hint("choose anew with `cargo dofs-package lock --upgrade`")
            .into()),
        408 | 425 | 429 | 500..=599 => {
            let asked = text(&response, &RETRY_AFTER).and_then(seconds);
            Err(TryError::Passing { cause, asked })
        }
        _ => Err(TryError::for_good(subject, cause)),
    }
}

/// Who answered, for a cause: the address is in the message, unless it pointed elsewhere.
fn who(url: &Url, hop: &Url) -> String {
    if url == hop { "the server".to_owned() } else { format!("`{}`", redact(hop.as_str())) }
}

/// The first byte that a `Content-Range` tells of: `bytes 5-9/10`.
fn start(response: &Response<Body>) -> Option<u64> {
    text(response, &CONTENT_RANGE)?.strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}

/// The seconds of a `Retry-After`. It may be a date, too, but no clock is read here: then it is
/// not for the server to say.
fn seconds(text: &str) -> Option<Duration> {
    text.trim().parse().ok().map(Duration::from_secs)
}

fn text<'a>(response: &'a Response<Body>, name: &HeaderName) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}
