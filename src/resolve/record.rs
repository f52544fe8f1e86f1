//! Resolutions as the store keeps them: a line with the digest of the rest, then JSON.
//!
//! The digest finds what a disk does to a record. Whoever can write to the store can also make a
//! right one: the store is trusted like the user's own files.

use serde::{Deserialize, Serialize};

use super::configuration::{self, Fingerprint};
use super::{Lock, LockedWheel};
use crate::digest::Sha256Digest;
use crate::wheel::WheelName;

/// A resolution, as JSON. It has no address and no password: only what came of them.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    /// The wheels.
    wheels: Vec<RecordedWheel>,
    /// pip's configuration files as they were.
    configuration: Fingerprint,
}

/// A wheel of a resolution.
#[derive(Debug, Serialize, Deserialize)]
struct RecordedWheel {
    /// The file's name.
    file_name: String,
    /// The version as METADATA has it.
    version: String,
    /// Hexadecimal.
    sha256: String,
    /// Bytes.
    size: u64,
    /// `Requires-Dist` of METADATA.
    requires: Vec<String>,
}

/// Returns the bytes of a record.
pub(super) fn to_bytes(lock: &Lock, configuration: Fingerprint) -> Vec<u8> {
    let recorded = |wheel: &LockedWheel| RecordedWheel {
        file_name: wheel.name.to_string(),
        version: wheel.version.clone(),
        sha256: wheel.digest.to_hex(),
        size: wheel.size,
        requires: wheel.requires.clone(),
    };
    let record = Record { wheels: lock.wheels.iter().map(recorded).collect(), configuration };
    let json = serde_json::to_vec(&record).expect("texts and numbers are JSON");
    let mut bytes = format!("{}\n", Sha256Digest::of(&json).to_hex()).into_bytes();
    bytes.extend(json);
    bytes
}

/// Reads a record; `None` for one that is damaged, or made under another configuration of pip.
pub(super) fn from_bytes(bytes: &[u8]) -> Option<Lock> {
    // Damaged is like absent: it is made anew.
    let record = serde_json::from_slice::<Record>(vouched_for(bytes)?).ok()?;
    if configuration::fingerprint(record.configuration.keys()) != record.configuration {
        return None;
    }
    let locked = |wheel: RecordedWheel| {
        Some(LockedWheel {
            name: WheelName::new(&wheel.file_name).ok()?,
            version: wheel.version,
            digest: Sha256Digest::from_hex(&wheel.sha256)?,
            size: wheel.size,
            requires: wheel.requires,
        })
    };
    let wheels: Option<Vec<_>> = record.wheels.into_iter().map(locked).collect();
    wheels.map(Lock::new)
}

/// Returns what follows the first line, if that is its digest.
fn vouched_for(bytes: &[u8]) -> Option<&[u8]> {
    let (digest, json) = bytes.split_at(bytes.iter().position(|byte| *byte == b'\n')?);
    let json = &json[1..];
    let digest = std::str::from_utf8(digest).ok().and_then(Sha256Digest::from_hex)?;
    (Sha256Digest::of(json) == digest).then_some(json)
}
