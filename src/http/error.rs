//! Why a file could not be fetched.

use std::fmt;

use crate::address::redact;
use crate::report::Failure;
use crate::report::code;

/// Why a file could not be fetched.
#[derive(Debug)]
pub(crate) enum Error {
    /// The server or a proxy asks for credentials, or refuses those of the URL; pip may have some.
    Unauthorized(Failure),
    Failed(Failure),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Unauthorized(failure) | Error::Failed(failure) => failure,
        }
    }
}

/// A file that is fetched, for messages: its name and its URL without user information and query.
#[derive(Debug)]
pub(super) struct Subject(String);

impl Subject {
    /// Takes the name from the end of a URL.
    pub(super) fn of(url: &str) -> Self {
        let shown = redact(url);
        let address = shown.split(['?', '#']).next().unwrap_or_default();
        let file = address.rsplit('/').find(|part| !part.is_empty()).unwrap_or(address);
        Self(format!("`{file}` from `{address}`"))
    }

    /// The failure of the network or the server after a number of tries.
    pub(super) fn failed(&self, cause: String, tries: u32) -> Failure {
        let cause = match tries {
            1 => cause,
            _ => format!("{cause} (the last of {tries} tries)"),
        };
        Failure::program("download-failed", format!("cannot fetch {self}"))
            .cause(cause)
            .hint("check the network; behind a proxy, set `HTTPS_PROXY`")
    }

    pub(super) fn unauthorized(&self, cause: String) -> Error {
        let failure = Failure::program("download-refused", format!("may not fetch {self}"));
        Error::Unauthorized(
            failure
                .cause(cause)
                .hint("give pip credentials for the server, by its keyring or a `.netrc`"),
        )
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The code of failures about certificates: a server is not trusted, or no certificate can be read.
pub(super) const CERTIFICATES: &str = code::CERTIFICATES;

/// The hint where a file has another digest or size than expected.
pub(super) const REPLACED: &str = "find out why the file was replaced before you trust it";
