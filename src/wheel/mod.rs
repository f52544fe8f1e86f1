//! Wheels: opened, checked, and laid out.
//!
//! A wheel is a zip of strangers. Before it enters the store it is checked strictly
//! ([`mod@check`]): no gap, no overlap, only one way to read it, every member has the size and the
//! CRC that it claims, and no name leads out of a package. What is odd, and read in one way by all,
//! is a fault of its [`Facts`], which is told as a warning. From then on its digest is enough: [`open`] reads the central directory alone, and [`verify`] hashes the file once a run.
//! Members are never unpacked to disk: their compressed bytes are copied into packages.
//!
//! [`mod@layout`] decides which member goes where, by the wheel specification and as pip does.

mod check;
mod directory;
mod inflate;
mod layout;
mod local;
mod metadata;
mod name;
mod normalize;
mod record;
mod stored;

use camino::Utf8PathBuf;

use crate::digest::Sha256Digest;
use crate::fs;
use crate::report::Failure;
use crate::store;

pub(crate) use check::check;
pub(crate) use layout::{Layout, layout};
pub(crate) use metadata::Metadata;
pub(crate) use name::WheelName;
pub(crate) use normalize::normalize;
pub(crate) use stored::{Facts, NativeMember, open, take_in, verify};

/// The most bytes that a package may have unpacked; a wheel with more fits in none.
/// Source: "Lambda quotas" in the AWS Lambda developer guide.
pub(crate) const LARGEST_UNPACKED: u64 = 262_144_000;

/// An opened wheel of the store.
#[derive(Debug)]
pub(crate) struct Wheel {
    pub(crate) name: WheelName,
    /// The expected digest of its bytes; [`verify`] compares it.
    pub(crate) digest: Sha256Digest,
    pub(crate) facts: Facts,
    file: fs::File,
    /// Its members without folders, sorted by the bytes of their names.
    pub(crate) members: Vec<Member>,
}

/// How a member's bytes are compressed (APPNOTE.TXT 6.3.10, section 4.4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Stored,
    /// Deflated (RFC 1951).
    Deflated,
}

#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// Its name, a path in the wheel.
    pub(crate) name: String,
    pub(crate) method: Method,
    /// CRC-32 of its bytes, unpacked.
    pub(crate) crc: u32,
    /// Compressed size in bytes.
    pub(crate) compressed_size: u64,
    /// Uncompressed size in bytes.
    pub(crate) size: u64,
    /// Unix file type and permissions; 0 if the wheel has none.
    pub(crate) mode: u16,
    /// The offset of its bytes in the wheel.
    pub(crate) offset: u64,
}

impl Wheel {
    /// Fills the buffer with bytes of the wheel's file.
    pub(crate) fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), fs::Error> {
        self.file.read_exact_at(buffer, offset)
    }

    /// The bytes of a member, unpacked; none where they are damaged.
    pub(crate) fn bytes_of(&self, member: &Member) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        inflate::inflate(&self.file, member, &mut |piece| bytes.extend(piece)).ok()?;
        Some(bytes)
    }
}

/// Why a wheel of the store can't be used.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// The store has no such blob.
    Lost(Failure),
    /// The store's blob has another digest than its name.
    Corrupt(Failure),
    Failed(Failure),
}

impl Unusable {
    fn lost(name: &WheelName) -> Self {
        let failure = Failure::input("wheel-lost", format!("the store has lost `{name}`"));
        Self::Lost(failure.hint(AGAIN))
    }

    fn corrupt(name: &WheelName) -> Self {
        let message = format!("the store's copy of `{name}` is damaged");
        Self::Corrupt(Failure::input("wheel-corrupt", message).hint(AGAIN))
    }
}

const AGAIN: &str = "run again; if it comes back, check the disk of the store";

impl From<fs::Error> for Unusable {
    fn from(error: fs::Error) -> Self {
        Self::Failed(unread(error))
    }
}

impl From<store::Error> for Unusable {
    fn from(store::Error(error): store::Error) -> Self {
        error.into()
    }
}

impl From<Unusable> for Failure {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::Lost(failure) | Unusable::Corrupt(failure) | Unusable::Failed(failure) => {
                failure
            }
        }
    }
}

/// The failure of a wheel that can't be read, in the store or before it enters.
fn unread(error: fs::Error) -> Failure {
    Failure { code: "store", ..error.into() }
}

/// A wheel that was checked, and not yet moved into the store.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) name: WheelName,
    pub(crate) facts: Facts,
    pub(crate) digest: Sha256Digest,
    /// In bytes.
    pub(crate) size: u64,
    pub(crate) path: Utf8PathBuf,
}

#[cfg(test)]
mod tests;
