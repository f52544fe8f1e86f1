//! Why a file could not be fetched.

use std::fmt;
use std::io;

use crate::digest::Sha256Digest;
use crate::fs;
use crate::process::redact;

/// Why a file could not be fetched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// What was to be fetched has no address on the web.
    #[error("cannot fetch {subject}: it is neither `https` nor `http`")]
    Address { subject: Subject },
    /// The network or the server failed.
    #[error("cannot fetch {subject}")]
    Failed {
        subject: Subject,
        /// What the last try ended with, as a clause.
        cause: String,
        /// How often it was tried.
        tries: u32,
    },
    /// The server or a proxy wants to know who asks, or does not like who does.
    #[error("may not fetch {subject}")]
    Refused {
        subject: Subject,
        /// What it answered, as a clause.
        cause: String,
    },
    /// The server does not have it.
    #[error("there is no {subject}")]
    Missing {
        subject: Subject,
        /// What it answered, as a clause.
        cause: String,
    },
    /// The server's certificate is vouched for by nobody whom we trust, or is not its own.
    #[error("cannot trust the server of {subject}")]
    Untrusted {
        subject: Subject,
        /// What is wrong with the certificate, as a clause.
        cause: String,
    },
    /// It has too many bytes.
    #[error("{subject} is larger than {limit} bytes")]
    TooLarge {
        subject: Subject,
        /// How many it may have.
        limit: u64,
        /// Whether that is its known size, and not just what Lambda could use.
        is_known: bool,
    },
    /// It has too few bytes.
    #[error("{subject} has {found} bytes, and not {expected}")]
    Size {
        subject: Subject,
        /// How many it should have.
        expected: u64,
        found: u64,
    },
    /// It is another file.
    #[error("{subject} has another hash than expected")]
    Hash { subject: Subject, expected: Sha256Digest, found: Sha256Digest },
    /// The caller could not keep the bytes.
    #[error("cannot keep {subject}")]
    Unkept { subject: Subject, source: io::Error },
    /// A variable names certificates that can't be used.
    #[error("`{variable}` names no certificates that can be used")]
    Certificates {
        variable: &'static str,
        /// What it names, and why not.
        source: fs::Error,
    },
    /// A variable names a proxy that can't be understood.
    #[error("`{variable}` names no proxy: `{value}`")]
    Proxy {
        variable: &'static str,
        /// What it names, less a password.
        value: String,
    },
}

/// What is fetched: a file's name and its address, less user information and query.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    /// The name, as the address has it.
    file: String,
    address: String,
}

impl Subject {
    /// Takes the name off the end of an address.
    pub(super) fn of(url: &str) -> Self {
        let shown = redact(url);
        let address = shown.split(['?', '#']).next().unwrap_or_default().to_owned();
        let file = address.rsplit('/').find(|part| !part.is_empty()).unwrap_or(&address).to_owned();
        Self { file, address }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` from `{}`", self.file, self.address)
    }
}

impl Error {
    /// Whether credentials might have helped: pip may have some.
    pub(crate) fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }

    /// Whether the way there is at fault, and not the file that was asked for.
    pub(crate) fn is_of_network(&self) -> bool {
        match self {
            Self::Failed { .. }
            | Self::Refused { .. }
            | Self::Untrusted { .. }
            | Self::Certificates { .. }
            | Self::Proxy { .. } => true,
            Self::Address { .. }
            | Self::Missing { .. }
            | Self::TooLarge { .. }
            | Self::Size { .. }
            | Self::Hash { .. }
            | Self::Unkept { .. } => false,
        }
    }

    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Address { .. } => "download-address",
            Self::Failed { .. } => "download-failed",
            Self::Refused { .. } => "download-refused",
            Self::Missing { .. } => "download-missing",
            Self::TooLarge { .. } => "download-too-large",
            Self::Size { .. } => "download-size",
            Self::Unkept { .. } => "download-unkept",
            Self::Hash { .. } => "hash-mismatch",
            Self::Untrusted { .. } | Self::Certificates { .. } => "certificates",
            Self::Proxy { .. } => "proxy",
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Failed { .. } => "check the network; behind a proxy, set `HTTPS_PROXY`",
            Self::Refused { .. } => {
                "give pip credentials for the server, by its keyring or a `.netrc`"
            }
            Self::Missing { .. } => "choose anew with `cargo dofs-package lock --upgrade`",
            Self::Hash { .. } | Self::Size { .. } | Self::TooLarge { is_known: true, .. } => {
                "find out why the file was replaced before you trust it"
            }
            Self::Untrusted { .. } => {
                "set `SSL_CERT_FILE` to a bundle with the certificate of your proxy or mirror"
            }
            Self::Certificates { variable, .. } => {
                return Some(format!(
                    "set `{variable}` to a bundle of certificates, or to nothing"
                ));
            }
            Self::Proxy { variable, .. } => {
                return Some(format!("set `{variable}` to `http://host:port`, or to nothing"));
            }
            Self::Address { .. } | Self::TooLarge { is_known: false, .. } | Self::Unkept { .. } => {
                return None;
            }
        };
        Some(text.to_owned())
    }

    /// Why, beyond what `source` tells, outermost first.
    pub(crate) fn causes(&self) -> Vec<String> {
        match self {
            Self::Failed { cause, tries: 1, .. } => vec![cause.clone()],
            Self::Failed { cause, tries, .. } => {
                vec![format!("{cause} (the last of {tries} tries)")]
            }
            Self::Refused { cause, .. }
            | Self::Missing { cause, .. }
            | Self::Untrusted { cause, .. } => vec![cause.clone()],
            Self::TooLarge { is_known: true, .. } => {
                vec!["that is the size that it should have".to_owned()]
            }
            Self::TooLarge { is_known: false, .. } => {
                vec!["no wheel of that size fits into a lambda".to_owned()]
            }
            Self::Hash { expected, found, .. } => {
                vec![format!("expected {expected:?}"), format!("found {found:?}")]
            }
            Self::Address { .. }
            | Self::Size { .. }
            | Self::Unkept { .. }
            | Self::Certificates { .. }
            | Self::Proxy { .. } => Vec::new(),
        }
    }
}
