//! What the strict check learnt of a wheel, kept in the store beside it.
//!
//! To learn it, every member was inflated once. A run on known wheels reads these few lines
//! instead; where they are missing or damaged, the wheel is checked again.

use serde::{Deserialize, Serialize};

use super::{Metadata, Unusable, WheelName, check};
use crate::digest::{Hasher, Sha256Digest};
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

/// Keeps the facts of a wheel that enters the store.
pub(crate) fn keep(store: &Store, digest: Sha256Digest, facts: &Facts) -> Result<(), store::Error> {
    let json = serde_json::to_vec(facts).expect("texts and numbers are JSON");
    store.write_record(Shelf::Facts, key(digest), &json)
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

fn key(digest: Sha256Digest) -> Sha256Digest {
    let mut hasher = Hasher::default();
    hasher.field(VERSION);
    hasher.field(digest.to_hex().as_bytes());
    hasher.finish()
}
