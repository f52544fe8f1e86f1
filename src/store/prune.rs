//! Removes wheels that nobody has used for a time.
//!
//! A blob's time on the disk is when it was last used, to the day: [`super::Store::blob`] sees to
//! that. Records stay: they are small, and as long as the store knows what requirements resolved to,
//! a wheel that is missed again is fetched again as it was, and not in a later version.

use std::time::Duration;

use camino::Utf8Path;

use super::{BLOBS, Error, GUARD, Usage, is_marked};
use crate::fs::{self, Guard, Kind};

/// Removes blobs that were not used for so long, once no other run uses the store; returns what
/// they were.
pub(crate) fn prune(
    directory: &Utf8Path,
    unused: Duration,
    waiting: &dyn Fn(),
) -> Result<Usage, Error> {
    let blobs = directory.join(BLOBS);
    let mut removed = Usage::default();
    if fs::kind(&blobs)?.is_none() {
        return Ok(removed);
    }
    if !is_marked(directory)? {
        return Err(super::usage::no_store("prune", directory));
    }
    let _alone = Guard::exclusive(&directory.join(GUARD), waiting)?;
    for (name, kind) in fs::list(&blobs)? {
        let Kind::File { size, .. } = kind else { continue };
        let path = blobs.join(name);
        // A time that the disk doesn't tell, or that is to come, is no sign of disuse.
        let age = fs::open(&path)?.modified().and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age >= unused) {
            fs::remove(&path)?;
            removed.files += 1;
            removed.bytes += size;
        }
    }
    Ok(removed)
}
