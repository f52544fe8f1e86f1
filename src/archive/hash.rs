//! Hashes a zip as it is, whatever is in it.

use camino::Utf8Path;

use crate::digest::{Hasher, Sha256Digest};
use crate::fs;

/// Returns the digest of a file, following links: what Terraform's `filebase64sha256` gives.
///
/// # Errors
///
/// What the disk says; something that is no regular file.
pub(crate) fn digest(path: &Utf8Path) -> Result<Sha256Digest, fs::Error> {
    let file = fs::open(&fs::canonical(path)?)?;
    let mut hasher = Hasher::default();
    file.read_in_pieces(&mut |piece| hasher.update(piece))?;
    Ok(hasher.finish())
}
