//! Resolutions as the store keeps them.

use serde::{Deserialize, Serialize};

use super::configuration::{self, Fingerprint};
use super::{Lock, LockedWheel};
use crate::digest::Sha256Digest;
use crate::fs;
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
    serde_json::to_vec(&record).expect("texts and numbers are JSON")
}

/// Reads a record; `None` for one that is damaged, or made under another configuration of pip.
///
/// # Errors
///
/// A configuration file that can't be read.
pub(super) fn from_bytes(bytes: &[u8]) -> Result<Option<Lock>, fs::Error> {
    // Damaged is like absent: it is made anew.
    let Ok(record) = serde_json::from_slice::<Record>(bytes) else { return Ok(None) };
    if configuration::fingerprint(record.configuration.keys())? != record.configuration {
        return Ok(None);
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
    Ok(wheels.filter(|wheels| !wheels.is_empty()).map(Lock::new))
}
