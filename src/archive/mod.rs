//! Archives: contents become the bytes of a zip, and a zip becomes a package.
//!
//! [`write()`] shapes the bytes, with what [`crate::pack`] makes. They depend on the contents and
//! on [`FORMAT`](crate::report::FORMAT) alone: not on the clock, the machine, the user, the number
//! of threads or the order of a file system. [`stage`] and [`publish()`] bring them under their
//! name, whole or not at all.
//!
//! In the other direction, [`open`] reads a zip that any program wrote, and [`compare()`] finds the
//! differences between two; [`Drafts`] are packages that are made to be compared, or to be unpacked
//! and tried.

mod beside;
mod compare;
mod content;
mod deflate;
mod draft;
mod installed;
mod output;
mod publish;
mod read;
mod unpack;
mod write;

use crate::digest::Sha256Digest;
use crate::fs;
use crate::report::Failure;

pub(crate) use compare::compare;
use compare::glance;
pub(crate) use content::{content, unified};
pub(crate) use draft::Drafts;
pub(crate) use publish::{Staged, compare_with, publish, stage, sync};
pub(crate) use read::{Member, Zip, open, open_file, read};
pub(crate) use write::hash;
use write::write;

/// A written archive: its digest and its sizes.
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

/// The failure of a zip that can't be written.
fn unwritable(error: fs::Error) -> Failure {
    Failure { code: "unwritable", ..error.into() }
}
