//! Asks a server for a file or the rest of one, and follows redirects.
//!
//! Source of statuses and headers: RFC 9110; of 425 and 429, RFC 8470 and RFC 6585.

use std::time::Duration;

use ureq::Body;
use ureq::http::header::{CONTENT_RANGE, LOCATION, RANGE, RETRY_AFTER};
use ureq::http::{HeaderName, Response};
use url::Url;

use super::Client;
use super::error::Subject;
use super::retry::{Budget, TryError};
use crate::address::redact;
use crate::report::Failure;
use crate::report::code;

/// The most redirects that are followed.
const REDIRECTS: u32 = 10;

/// An answer with bytes of the file.
pub(super) struct Answer {
    pub(super) body: Body,
    /// The offset of its first byte in the file.
    pub(super) start: u64,
}

/// Asks for a file from an offset on. The answer may begin at 0 nevertheless: a server may ignore
/// the header `Range` (section 14.2).
pub(super) fn ask(
    client: &Client,
    subject: &Subject,
    url: &Url,
    from: u64,
    budget: &mut Budget,
) -> Result<Answer, TryError> {
    let mut hop = url.clone();
    for _ in 0..=REDIRECTS {
        let left = budget.spend(subject)?;
        let request = client.towards(&hop)?.get(hop.as_str());
        let mut request = request.config().timeout_global(Some(left)).build();
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

/// The address that a redirect leads to.
fn location(response: &Response<Body>) -> Option<&str> {
    let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    is_redirect.then(|| text(response, &LOCATION)).flatten()
}

/// Resolves the address of a redirect; the error is the cause of a failure.
fn follow(hop: &Url, location: &str) -> Result<Url, String> {
    let mut next = hop
        .join(location)
        .map_err(|error| format!("it redirects to what is no address: {error}"))?;
    // A fragment is for the client and is never sent (section 4.2.5).
    next.set_fragment(None);
    match (hop.scheme(), next.scheme()) {
        // Never from `https` to `http`: who sees the request could see a signature in its query.
        (_, "https") | ("http", "http") => Ok(next),
        (from, to) => Err(format!("it redirects from `{from}` to `{to}`")),
    }
}

/// Accepts an answer, or says whether another try may help.
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
        // 416 also comes where the file on the server is shorter than what was received: it was
        // replaced.
        206 | 416 if from > 0 => Err(TryError::Range(cause)),
        401 | 403 | 407 => Err(subject.unauthorized(cause).into()),
        404 | 410 => Err(Failure::lambda(code::DOWNLOAD_MISSING, format!("there is no {subject}"))
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

/// Names who answered; the message has the first address, so only one behind a redirect is named.
fn who(url: &Url, hop: &Url) -> String {
    if url == hop { "the server".to_owned() } else { format!("`{}`", redact(hop.as_str())) }
}

/// The offset in a `Content-Range`: 5 in `bytes 5-9/10` (section 14.4).
fn start(response: &Response<Body>) -> Option<u64> {
    text(response, &CONTENT_RANGE)?.strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}

/// The seconds of a `Retry-After` (section 10.2.3). A date is ignored: that would need a clock that
/// is right.
fn seconds(text: &str) -> Option<Duration> {
    text.trim().parse().ok().map(Duration::from_secs)
}

fn text<'a>(response: &'a Response<Body>, name: &HeaderName) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}
