//! Which failures may pass, which won't, and how long the client waits.

use std::time::Duration;

use ureq::Timeout;
use ureq::http::StatusCode;

use super::Error;
use super::error::{CERTIFICATES, Subject};
use crate::process::redact;
use crate::report::Failure;

pub(super) enum TryError {
    /// The next one may succeed.
    Passing {
        /// Why, as a clause.
        cause: String,
        /// How long the server wants to be left alone.
        asked: Option<Duration>,
    },
    /// The server won't give the part that is missing, so the next try asks for the whole file.
    Range(String),
    /// No further try would help.
    Final(Error),
}

impl<E: Into<Error>> From<E> for TryError {
    fn from(error: E) -> Self {
        Self::Final(error.into())
    }
}

impl TryError {
    /// A failure of the network that may pass.
    pub(super) fn passing(cause: impl Into<String>) -> Self {
        Self::Passing { cause: cause.into(), asked: None }
    }

    /// A failure that would be the same at each try.
    pub(super) fn for_good(subject: &Subject, cause: String) -> Self {
        subject.failed(cause, 1).into()
    }

    /// Judges what the client says, be it of a connection or of a body.
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
            ureq::Error::ConnectProxyFailed(said) => of_proxy(&said, subject),
            ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::InvalidProxyUrl => {
                Self::for_good(subject, cause)
            }
            // The rest is weather: names that can't be resolved, connections that are refused or
            // broken, answers that are garbled or do not come.
            _ => Self::passing(cause),
        }
    }
}

/// What TLS has against the server's certificate, if that is the matter.
fn distrust(error: &ureq::Error) -> Option<String> {
    let tls = match error {
        ureq::Error::Rustls(error) => error,
        ureq::Error::Io(error) => error.get_ref()?.downcast_ref::<rustls::Error>()?,
        _ => return None,
    };
    matches!(tls, rustls::Error::InvalidCertificate(_)).then(|| tls.to_string())
}

/// A proxy that does not let us through; the client tells its status in words only.
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

/// The error as a clause, without anything that may be a secret.
fn clause(error: &ureq::Error) -> String {
    let text = match error {
        // Its number tells a reader nothing.
        ureq::Error::Io(error) => {
            error.to_string().split(" (os error ").next().unwrap_or_default().to_owned()
        }
        ureq::Error::Timeout(Timeout::Resolve) => "its name was not resolved in time".to_owned(),
        ureq::Error::Timeout(Timeout::Connect) => "there was no connection in time".to_owned(),
        ureq::Error::Timeout(_) => "nothing came for too long".to_owned(),
        other => other.to_string(),
    };
    redact(&text)
}

/// How often a fetch is tried in a row without a new byte.
pub(super) const TRIES: u32 = 5;

/// How long the client waits; a value, so that tests need not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    /// For a name to be resolved, and then for a connection with its proxy and TLS.
    pub(super) connect: Duration,
    /// For the next bytes of an answer. A slow body may take as long as it likes, a stalled one
    /// may not.
    pub(super) silence: Duration,
    /// Before the second try; each further pause is twice as long.
    pub(super) first_pause: Duration,
    /// Before any try, of our own accord.
    pub(super) longest_pause: Duration,
    /// Before any try, when the server asks for it.
    pub(super) longest_asked: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            silence: Duration::from_secs(30),
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(4),
            longest_asked: Duration::from_secs(30),
        }
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
