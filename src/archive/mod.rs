//! Archives: contents become the bytes of a zip, and a zip becomes a package.
//!
//! [`write()`] shapes the bytes, with what [`crate::pack`] makes. They depend on the contents and on [`FORMAT`](crate::report::FORMAT)
//! alone: not on the clock, the machine, the user, the number of threads or the order of a file
//! system. [`stage`] and [`publish()`] bring them under their name, whole or not at all.
//!
//! The other way, [`open`] looks into a zip of any make, and [`compare()`] tells what is other in
//! one than in another.

mod compare;
mod content;
mod deflate;
mod hash;
mod installed;
mod output;
mod publish;
mod read;
mod write;

use std::io;

use crate::digest::Sha256Digest;
use crate::fs;
use crate::report::Place;
use crate::tree;

pub(crate) use compare::compare;
pub(crate) use content::content;
pub(crate) use hash::digest;
pub(crate) use publish::{Staged, draft, publish, stage, sync};
pub(crate) use read::{Member, Zip, open};
pub(crate) use write::write;

/// What is known of an archive once it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Archive {
    /// The SHA-256 of its bytes, taken as they were written.
    pub(crate) digest: Sha256Digest,
    /// Its bytes.
    pub(crate) size: u64,
    /// Bytes of its entries, unpacked.
    pub(crate) unpacked_size: u64,
    /// Its entries.
    pub(crate) entries: u64,
}

/// Why an archive could not be written or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A source file can't be read.
    #[error(transparent)]
    Tree(#[from] tree::Error),
    /// A wheel can't be read, or the zip not be published.
    #[error(transparent)]
    Fs(#[from] fs::Error),
    /// The zip can't be written.
    #[error("cannot write the zip")]
    Write(#[source] io::Error),
    /// A source file was written to between two looks at it.
    #[error("`{0}` changed while it was packaged")]
    Changed(String),
    /// A zip that was named is not there.
    #[error("there is no zip `{0}`")]
    NoSuchZip(String),
    /// A zip can't be opened or read.
    #[error("cannot read the zip `{zip}`")]
    Opened {
        /// Its path.
        zip: String,
        /// Why.
        source: io::Error,
    },
    /// A file does not read as a zip.
    #[error("`{0}` is no zip, or a broken one")]
    BrokenZip(String),
    /// A zip has a name twice, and which one counts is up to the reader.
    #[error("`{zip}` has two members `{member}`")]
    Twice {
        /// Its path.
        zip: String,
        /// The name, control characters escaped.
        member: String,
    },
    /// A member can't be looked at.
    #[error("member `{member}` of `{zip}` {fault}")]
    Member {
        /// The zip's path.
        zip: String,
        /// The member's name, control characters escaped.
        member: String,
        /// What is wrong with it, as the end of the sentence.
        fault: String,
    },
    /// A member does not unpack to what the zip claims of it.
    #[error("member `{member}` of `{zip}` can't be unpacked")]
    Unpacked {
        /// The zip's path.
        zip: String,
        /// The member's name, control characters escaped.
        member: String,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// Kebab-case, never renamed.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Tree(_) => "unreadable",
            Self::Fs(_) | Self::Write(_) => "unwritable",
            Self::Changed(_) => "file-changed",
            Self::NoSuchZip(_) => "no-such-zip",
            Self::Opened { .. } => "unreadable",
            Self::BrokenZip(_)
            | Self::Twice { .. }
            | Self::Member { .. }
            | Self::Unpacked { .. } => "broken-zip",
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Changed(_) => Some("run again when nothing writes to it".to_owned()),
            Self::Tree(_)
            | Self::Fs(_)
            | Self::Write(_)
            | Self::NoSuchZip(_)
            | Self::Opened { .. }
            | Self::BrokenZip(_)
            | Self::Twice { .. }
            | Self::Member { .. }
            | Self::Unpacked { .. } => None,
        }
    }

    /// Where.
    pub(crate) fn place(&self) -> Option<Place> {
        None
    }
}
