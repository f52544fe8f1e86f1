//! Hashes a zip as it is, whatever is in it.

use camino::Utf8Path;

use crate::digest::{Hasher, Sha256Digest};
use crate::fs;

/// Bytes that are read at a time.
const CHUNK: usize = 256 << 10;

/// Returns the digest of a file, following links: what Terraform's `filebase64sha256` gives.
///
/// # Errors
///
/// What the disk says; something that is no regular file.
pub(crate) fn digest(path: &Utf8Path) -> Result<Sha256Digest, fs::Error> {
    let file = fs::open(&fs::canonical(path)?)?;
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; CHUNK];
    let mut at = 0;
    while at < file.size() {
        let length = (file.size() - at).min(CHUNK as u64);
        let chunk = &mut buffer[..usize::try_from(length).expect("at most a chunk")];
        file.read_exact_at(chunk, at)?;
        hasher.update(chunk);
        at += length;
    }
    Ok(hasher.finish())
}
