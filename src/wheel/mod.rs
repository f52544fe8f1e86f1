//! Wheels: opened, checked, and laid out.
//!
//! A wheel is somebody else's zip. Before it enters the store it is checked strictly
//! ([`mod@check`]): its structure has no gap, overlap or second reading, every member inflates to
//! the size, CRC and RECORD entry it claims, and no name leads anywhere odd. From then on its
//! digest vouches for it: [`open`] reads the central directory alone, and [`verify`] hashes the
//! file once a run. Members are never unpacked to disk: what goes into a package is copied as it
//! is, still deflated.
//!
//! Which member goes where is decided in [`mod@layout`], by the wheel specification and as pip does.

mod check;
mod directory;
mod facts;
mod fetch;
mod inflate;
mod layout;
mod local;
mod metadata;
mod name;
mod normalize;
mod record;

use camino::Utf8PathBuf;

use crate::digest::Sha256Digest;
use crate::fs;
use crate::report::Failure;
use crate::store;
use crate::words;

pub(crate) use check::{LARGEST_UNPACKED, check};
pub(crate) use facts::{Facts, NativeMember, keep};
pub(crate) use fetch::{open, verify};
pub(crate) use layout::{Layout, layout};
pub(crate) use metadata::Metadata;
pub(crate) use name::WheelName;
pub(crate) use normalize::normalize;

/// An opened wheel of the store.
#[derive(Debug)]
pub(crate) struct Wheel {
    /// Its file name, taken apart.
    pub(crate) name: WheelName,
    /// What its bytes are claimed to be; [`verify`] proves it.
    pub(crate) digest: Sha256Digest,
    /// What the strict check learnt of it.
    pub(crate) facts: Facts,
    file: fs::File,
    /// Its members but the folders, by name.
    members: Vec<Member>,
}

/// How a member's bytes are kept in its wheel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Stored,
    /// Deflated (RFC 1951).
    Deflated,
}

/// A file inside a wheel.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// Its name, a path in the wheel.
    pub(crate) name: String,
    pub(crate) method: Method,
    /// CRC-32 of its bytes, unpacked.
    pub(crate) crc: u32,
    /// Bytes as kept.
    pub(crate) compressed_size: u64,
    /// Bytes, unpacked.
    pub(crate) size: u64,
    /// Unix file type and permissions, zero where the wheel says nothing.
    pub(crate) mode: u16,
    /// Where its bytes begin in the wheel.
    pub(crate) offset: u64,
}

impl Wheel {
    /// Its members but the folders, sorted by the bytes of their names.
    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    /// Fills the buffer with bytes of the wheel as they are kept.
    pub(crate) fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), fs::Error> {
        self.file.read_exact_at(buffer, offset)
    }
}

/// Why a wheel can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The store can't be read.
    #[error(transparent)]
    Fs(#[from] fs::Error),
    /// The file's name is not that of a wheel.
    #[error("`{0}` is no name of a wheel")]
    Name(String),
    /// The strict check failed.
    #[error("the wheel `{wheel}` is broken or hostile: {fault}")]
    Refused {
        /// The wheel's file name.
        wheel: String,
        /// What is wrong with it, as a clause.
        fault: String,
    },
    /// It fits in no package.
    #[error(
        "the wheel `{wheel}` unpacks to {} bytes, more than the {} that Lambda takes",
        words::grouped(*.bytes),
        words::grouped(LARGEST_UNPACKED)
    )]
    TooLarge {
        /// The wheel's file name.
        wheel: String,
        /// Bytes of its members, unpacked.
        bytes: u64,
    },
    /// The store's blob is not what its name says.
    #[error("the store's copy of `{wheel}` is damaged")]
    Corrupt {
        /// The wheel's file name.
        wheel: String,
    },
    /// The store has no such blob.
    #[error("the store has lost `{wheel}`")]
    Lost {
        /// The wheel's file name.
        wheel: String,
    },
}

impl From<store::Error> for Error {
    fn from(store::Error(error): store::Error) -> Self {
        Self::Fs(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (code, hint) = (error.code(), error.hint());
        let failure = match error {
            Error::Fs(error) => return store::Error(error).into(),
            other => Self::input(code, other.to_string()),
        };
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl Error {
    /// Kebab-case, never renamed.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Fs(_) => "store",
            Self::Name(_) => "wheel-name",
            Self::Refused { .. } => "wheel-refused",
            Self::TooLarge { .. } => "wheel-too-large",
            Self::Corrupt { .. } => "wheel-corrupt",
            Self::Lost { .. } => "wheel-lost",
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Refused { .. } => {
                Some("require another version, and tell the maintainers of the package".to_owned())
            }
            Self::TooLarge { .. } => Some("require a smaller build or part of it".to_owned()),
            Self::Corrupt { .. } | Self::Lost { .. } => {
                Some("run again; if it comes back, check the disk of the store".to_owned())
            }
            Self::Fs(_) | Self::Name(_) => None,
        }
    }
}

/// A file on its way into the store: a wheel that was checked.
#[derive(Debug)]
pub(crate) struct Checked {
    /// Its file name, taken apart.
    pub(crate) name: WheelName,
    pub(crate) facts: Facts,
    pub(crate) digest: Sha256Digest,
    /// Its bytes.
    pub(crate) size: u64,
    pub(crate) path: Utf8PathBuf,
}

#[cfg(test)]
mod tests;
