//! How bytes are packed: deflated, and given the headers of a zip.
//!
//! Everything here is a pure function of its arguments, so that equal files have equal bytes in
//! every zip that this program writes: packages, and wheels that were built from a source.

mod deflate;
mod header;

pub(crate) use deflate::deflate;
pub(crate) use header::{Member, end};
