//! Resolutions as the store keeps them: JSON.

use serde::{Deserialize, Serialize};

use super::configuration::{self, Fingerprint};
use super::{Lock, LockedWheel, Origin};
use crate::digest::Sha256Digest;
use crate::wheel::WheelName;

/// A resolution, as JSON. It has no password: addresses are without their users and queries.
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
    /// Of its bytes.
    sha256: Sha256Digest,
    /// Bytes, where they are known.
    size: Option<u64>,
    /// Where it can be had again.
    origin: Origin,
}

/// Returns the bytes of a record.
pub(super) fn to_bytes(lock: &Lock, configuration: Fingerprint) -> Vec<u8> {
    let recorded = |wheel: &LockedWheel| RecordedWheel {
        file_name: wheel.name.to_string(),
        version: wheel.version.clone(),
        sha256: wheel.digest,
        size: wheel.size,
        origin: wheel.origin.clone(),
    };
    let record = Record { wheels: lock.wheels.iter().map(recorded).collect(), configuration };
    serde_json::to_vec(&record).expect("texts and numbers are JSON")
}

/// Reads a record; `None` for one that was made under another configuration of pip.
pub(super) fn from_bytes(bytes: &[u8]) -> Option<Lock> {
    // One of another version of this tool is like none: it is made anew.
    let record = serde_json::from_slice::<Record>(bytes).ok()?;
    if configuration::fingerprint(record.configuration.keys()) != record.configuration {
        return None;
    }
    let locked = |wheel: RecordedWheel| {
        Some(LockedWheel {
            name: WheelName::new(&wheel.file_name).ok()?,
            version: wheel.version,
            digest: wheel.sha256,
            size: wheel.size,
            origin: wheel.origin,
        })
    };
    let wheels: Option<Vec<_>> = record.wheels.into_iter().map(locked).collect();
    wheels.map(Lock::new)
}
