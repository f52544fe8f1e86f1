//! Wheels in the store, each with the facts that the strict check learnt about it.
//!
//! The check inflates every member, once. A run on known wheels reads a small record instead; if
//! the record is missing or damaged, the wheel is checked again.

use camino::Utf8Path;
use serde::{Deserialize, Serialize};

use super::directory::{self, DESCRIPTOR, LOCAL, u16_at};
use super::{Checked, Metadata, Unusable, Wheel, WheelName, check};
use crate::digest::Sha256Digest;
use crate::elf::Native;
use crate::fs;
use crate::store::{self, RecordKind, Store};

/// Changed when the facts of a wheel change, so that older records are not used.
const VERSION: &[u8] = b"wheel facts 2";

/// The facts that the strict check learnt about a wheel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) metadata: Metadata,
    /// Its native libraries and programs, sorted by the bytes of their names.
    pub(crate) natives: Vec<NativeMember>,
    /// What is odd about it, as clauses that begin with `it` or `its`.
    pub(crate) faults: Vec<String>,
}

/// A native library or program in a wheel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NativeMember {
    pub(crate) name: String,
    pub(crate) native: Native,
}

/// Moves a checked wheel into the store, with its facts; `path` is that of the file, in a folder of
/// [`Store::scratch`].
pub(crate) fn take_in(
    store: &Store,
    checked: &Checked,
    path: &Utf8Path,
) -> Result<(), store::Error> {
    keep(store, checked.digest, &checked.facts)?;
    store.insert(path, checked.digest)
}

/// Opens a wheel of the store, and reads its central directory.
///
/// The bytes are not hashed yet: call [`verify`], in parallel with other work, and publish nothing
/// before it has succeeded.
pub(crate) fn open(
    store: &Store,
    name: &WheelName,
    digest: Sha256Digest,
) -> Result<Wheel, Unusable> {
    let file = store.blob(digest)?.ok_or_else(|| Unusable::lost(name))?;
    // A blob that passed the strict check has a sound directory; another one is damaged.
    let mut listed = directory::read(&file).map_err(|fault| fault.of_stored(name))?.entries;
    listed.retain(|entry| !entry.is_folder);
    for entry in &mut listed {
        if entry.flags & DESCRIPTOR != 0 {
            // A data descriptor has no fixed length, so the offset comes from the local header.
            let mut fixed = [0; LOCAL as usize];
            file.read_exact_at(&mut fixed, entry.start)?;
            let lengths = u64::from(u16_at(&fixed, 26)) + u64::from(u16_at(&fixed, 28));
            entry.member.offset = entry.start + LOCAL + lengths;
        }
    }
    let mut members: Vec<_> = listed.into_iter().map(|entry| entry.member).collect();
    members.sort_by(|one, other| one.name.cmp(&other.name));
    // The strict check found that their bytes are the same.
    members.dedup_by(|one, other| one.name == other.name);
    let facts = facts(store, name, digest, &file)?;
    Ok(Wheel { name: name.clone(), digest, facts, file, members })
}

pub(crate) fn verify(wheel: &Wheel) -> Result<(), Unusable> {
    if wheel.file.digest()? == wheel.digest { Ok(()) } else { Err(Unusable::corrupt(&wheel.name)) }
}

/// Returns the facts of a wheel in the store; checks the wheel if there are none.
fn facts(
    store: &Store,
    name: &WheelName,
    digest: Sha256Digest,
    file: &fs::File,
) -> Result<Facts, Unusable> {
    let kept = store.record(RecordKind::FACTS, key(digest))?;
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
    store.write_record(RecordKind::FACTS, key(digest), &json)
}

fn key(digest: Sha256Digest) -> Sha256Digest {
    Sha256Digest::of_fields([VERSION, digest.to_hex().as_bytes()])
}
