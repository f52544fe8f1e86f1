//! How bytes are packed: deflated, and given the headers of a zip.
//!
//! Everything here is a pure function of its arguments, so that equal files have equal bytes in
//! every zip that this program writes: packages, and wheels that were built from a source.

mod deflate;
mod header;

use std::collections::BTreeMap;

pub(crate) use deflate::deflate;
pub(crate) use header::{Member, end};

use crate::path::{ArchivePath, Mode};

/// Returns a zip of small files that are in memory; its members are sorted by the bytes of their
/// paths.
pub(crate) fn zip(files: &BTreeMap<ArchivePath, (Vec<u8>, Mode)>) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (path, (content, mode)) in files {
        let deflated = deflate(content);
        let packed = deflated.as_deref().unwrap_or(content);
        let member = Member {
            name: path.as_str(),
            deflated: deflated.is_some(),
            crc: crc32fast::hash(content),
            packed: packed.len() as u64,
            unpacked: content.len() as u64,
            mode: *mode,
        };
        directory.extend(member.central(bytes.len() as u64));
        bytes.extend(member.local());
        bytes.extend(packed);
    }
    let offset = bytes.len() as u64;
    bytes.extend(&directory);
    bytes.extend(end(files.len() as u64, offset, directory.len() as u64));
    bytes
}
