//! Decides which failures may pass, and how long the client waits.

use std::time::{Duration, Instant};

use ureq::Timeout;
use ureq::http::StatusCode;

use super::Error;
use super::error::{CERTIFICATES, Subject};
use crate::address::redact;
use crate::patience::Limits;
use crate::report::Failure;

pub(super) enum TryError {
    /// The next try may succeed.
    Passing {
        /// What went wrong, as a clause.
        cause: String,
        /// The pause that the server asks for.
        asked: Option<Duration>,
    },
    /// The server refused to give a part, so the next try asks for the whole file.
    Range(String),
    /// All the time of the file has gone by.
    Late,
    /// No further try would help.
    Final(Error),
}

impl<E: Into<Error>> From<E> for TryError {
    fn from(error: E) -> Self {
        Self::Final(error.into())
    }
}

impl TryError {
    /// A failure that may pass.
    pub(super) fn passing(cause: impl Into<String>) -> Self {
        Self::Passing { cause: cause.into(), asked: None }
    }

    /// A failure that each try would have.
    pub(super) fn for_good(subject: &Subject, cause: String) -> Self {
        subject.failed(cause, 1).into()
    }

    /// Decides about an error of a connection or of a body.
    pub(super) fn of_network(error: ureq::Error, subject: &Subject) -> Self {
        if let Some(cause) = distrust(&error) {
            return Failure::program(CERTIFICATES, format!("cannot trust the server of {subject}"))
                .cause(cause)
                .hint(
                    "set `SSL_CERT_FILE` to a bundle with the certificate of your proxy or mirror",
                )
                .into();
        }
        let cause = clause(&error);
        match error {
            ureq::Error::Timeout(Timeout::Global) => Self::Late,
            ureq::Error::ConnectProxyFailed(said) => of_proxy(&said, subject),
            ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::InvalidProxyUrl => {
                Self::for_good(subject, cause)
            }
            // All others may pass: a name that can't be resolved, a connection that is refused or
            // broken, an answer that is garbled or does not come.
            _ => Self::passing(cause),
        }
    }
}

/// Returns what is wrong with the server's certificate, if that is the error.
fn distrust(error: &ureq::Error) -> Option<String> {
    let tls = match error {
        ureq::Error::Rustls(error) => error,
        ureq::Error::Io(error) => error.get_ref()?.downcast_ref::<rustls::Error>()?,
        _ => return None,
    };
    matches!(tls, rustls::Error::InvalidCertificate(_)).then(|| tls.to_string())
}

/// Decides about a refusal of the proxy; ureq gives its status only as a part of a text.
fn of_proxy(said: &str, subject: &Subject) -> TryError {
    let digits = said.split(|c: char| !c.is_ascii_digit()).find(|part| part.len() == 3);
    let Some(status) = digits.and_then(|digits| digits.parse::<StatusCode>().ok()) else {
        return TryError::passing(redact(said));
    };
    let cause = format!("the proxy answered {status}");
    match status.as_u16() {
        401 | 403 | 407 => subject.unauthorized(cause).into(),
        408 | 425 | 429 | 500..=599 => TryError::passing(cause),
        _ => TryError::for_good(subject, cause),
    }
}

/// The error as a clause, without secrets.
fn clause(error: &ureq::Error) -> String {
    let text = match error {
        // Without the number of the error, which a user can't read.
        ureq::Error::Io(error) => {
            error.to_string().split(" (os error ").next().unwrap_or_default().to_owned()
        }
        ureq::Error::Timeout(Timeout::Resolve) => "its name was not resolved in time".to_owned(),
        ureq::Error::Timeout(Timeout::Connect) => "there was no connection in time".to_owned(),
        // Of `pace`: there is no limit for all of a body.
        ureq::Error::Timeout(Timeout::RecvBody) => "fewer than 10 bytes a second came".to_owned(),
        ureq::Error::Timeout(Timeout::RecvResponse) => "no answer came in time".to_owned(),
        ureq::Error::Timeout(_) => "nothing came for too long".to_owned(),
        other => other.to_string(),
    };
    redact(&text)
}

/// How many tries in a row may bring little or nothing.
pub(super) const TRIES: u32 = 5;
/// How many requests a file may take in all: those of redirects, of tries that failed and of parts.
pub(super) const REQUESTS: u32 = 50;
/// The bytes that must come within [`Timeouts::silence`], and those that a try must bring so
/// that it does not count as failed: 10 in a second, as for cargo (`http.low-speed-limit` in The Cargo
/// Book).
pub(super) const LEAST: u64 = 300;

/// How long the client waits; tests have shorter times.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    /// To resolve a name, and then to connect, with proxy and TLS.
    pub(super) connect: Duration,
    /// For all of an answer's head, and for the next [`LEAST`] bytes of whatever is said.
    pub(super) silence: Duration,
    /// For the whole file, with all tries: of the settings.
    pub(super) total: Duration,
    /// Before the second try; each further pause is twice as long.
    pub(super) first_pause: Duration,
    /// The longest pause that the client chooses itself.
    pub(super) longest_pause: Duration,
    /// The longest pause that a server can ask for.
    pub(super) longest_asked: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            silence: Duration::from_secs(30),
            total: Limits::default().total,
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(4),
            longest_asked: Duration::from_secs(30),
        }
    }
}

/// What is left of the requests and the time of a file.
#[derive(Debug)]
pub(super) struct Budget {
    requests: u32,
    started: Instant,
    total: Duration,
}

impl Budget {
    pub(super) fn new(total: Duration) -> Self {
        Self { requests: REQUESTS, started: Instant::now(), total }
    }

    /// Takes a request from it, and returns the time that it may take.
    pub(super) fn spend(&mut self, subject: &Subject) -> Result<Duration, TryError> {
        let fewer = self.requests.checked_sub(1);
        self.requests = fewer.ok_or_else(|| {
            TryError::for_good(subject, format!("it takes more than {REQUESTS} requests"))
        })?;
        self.left().ok_or(TryError::Late)
    }

    /// The time that is left; none once it is over.
    pub(super) fn left(&self) -> Option<Duration> {
        self.total.checked_sub(self.started.elapsed()).filter(|left| !left.is_zero())
    }
}

impl Timeouts {
    /// Returns the pause after so many failures in a row; `asked` is what the server wants.
    pub(super) fn pause(&self, failures: u32, asked: Option<Duration>) -> Duration {
        let doublings = failures.saturating_sub(1);
        let factor = 2_u32.checked_pow(doublings).unwrap_or(u32::MAX);
        let own = self.first_pause.saturating_mul(factor).min(self.longest_pause);
        own.max(asked.unwrap_or_default().min(self.longest_asked))
    }
}
