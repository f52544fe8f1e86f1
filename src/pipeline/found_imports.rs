//! What was found of the imports of a package: as long as nothing that decides it has changed, its
//! modules are not parsed again.
//!
//! The key of a record covers the rules of the check and all that it looks at: the lambda's modules
//! with their digests, where Lambda begins and searches, what is left out, and the paths in the package.

use crate::checks::{ImportFindings, Program, RULES};
use crate::contents::Contents;
use crate::digest::{Hasher, Sha256Digest};
use crate::source::SourceFile;
use crate::store::{RecordKind, Store};

/// The key of a package.
pub(super) fn key(
    program: &Program<'_>,
    files: &[&SourceFile],
    contents: &Contents,
) -> Sha256Digest {
    let mut hasher = Hasher::default();
    hasher.field(&RULES.to_le_bytes());
    hasher.field(format!("{program:?}").as_bytes());
    for file in files {
        hasher.field(file.place.as_str().as_bytes());
        hasher.field(file.digest.as_ref().map_or(&[], Sha256Digest::as_bytes));
    }
    for (path, entry) in contents.entries() {
        hasher.field(path.as_str().as_bytes());
        hasher.field(entry.data.place().as_ref().map_or("", |place| place.as_str()).as_bytes());
    }
    hasher.finish()
}

/// Returns what was found in a package.
pub(super) fn known(store: &Store, key: Sha256Digest) -> Option<ImportFindings> {
    // One that can't be read is none, and is written anew.
    let (bytes, _) = store.record(RecordKind::IMPORTS, key).ok()??;
    serde_json::from_slice(&bytes).ok()
}

/// Keeps what was found in a package. A store that can't be written to is no reason to fail: the next
/// run parses again.
pub(super) fn keep(store: &Store, key: Sha256Digest, findings: &ImportFindings) {
    let json = serde_json::to_vec(findings).expect("texts and numbers are JSON");
    drop(store.write_record(RecordKind::IMPORTS, key, &json));
}
