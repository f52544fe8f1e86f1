//! What the strict check learnt of a wheel, kept in the store beside it.
//!
//! To learn it, every member was inflated once. A run on known wheels reads these few lines
//! instead; where they are missing or damaged, the wheel is checked again.

use camino::Utf8Path;
use serde::{Deserialize, Serialize};

use super::{Checked, Metadata, Unusable, WheelName, check};
use crate::digest::Sha256Digest;
use crate::elf::Native;
use crate::fs;
use crate::store::{self, Shelf, Store};

/// Changes when more is learnt of a wheel, or in another way.
const VERSION: &[u8] = b"wheel facts 1";

/// What the strict check learnt of a wheel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) metadata: Metadata,
    /// Its native libraries and programs, sorted by the bytes of their names.
    pub(crate) natives: Vec<NativeMember>,
}

/// A native library or program in a wheel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NativeMember {
    pub(crate) name: String,
    pub(crate) native: Native,
}

/// Moves a checked wheel into the store, with what was learnt of it: the file at the path, which must
/// lie in a [`Store::scratch`].
pub(crate) fn take_in(
    store: &Store,
    checked: &Checked,
    path: &Utf8Path,
) -> Result<(), store::Error> {
    keep(store, checked.digest, &checked.facts)?;
    store.insert(path, checked.digest)
}

/// Returns the facts of a wheel of the store; one without any is checked for them.
pub(super) fn of(
    store: &Store,
    name: &WheelName,
    digest: Sha256Digest,
    file: &fs::File,
) -> Result<Facts, Unusable> {
    let kept = store.record(Shelf::Facts, key(digest))?;
    let kept = kept.and_then(|(bytes, _)| serde_json::from_slice::<Facts>(&bytes).ok());
    if let Some(facts) = kept.filter(|facts| facts.metadata.project == name.project) {
        return Ok(facts);
    }
    let facts = check::inspect(file, name).map_err(|fault| fault.of_stored(name))?;
    keep(store, digest, &facts)?;
    Ok(facts)
}

fn keep(store: &Store, digest: Sha256Digest, facts: &Facts) -> Result<(), store::Error> {
    let json = serde_json::to_vec(facts).expect("texts and numbers are JSON");
    store.write_record(Shelf::Facts, key(digest), &json)
}

fn key(digest: Sha256Digest) -> Sha256Digest {
    Sha256Digest::of_fields([VERSION, digest.to_hex().as_bytes()])
}
