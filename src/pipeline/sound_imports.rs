//! Packages in which each import was found once: as long as nothing that decides it has changed, their
//! modules are not parsed again.
//!
//! A record says which modules were parsed, with their digests, and what else was seen. Its key covers
//! all that the check looks at besides: where Lambda begins and searches, and the paths in the
//! package.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use crate::checks::{ImportFindings, Program};
use crate::contents::Contents;
use crate::digest::{Hasher, Sha256Digest};
use crate::store::{RecordKind, Store};
use crate::tree::Tree;

/// What was found in a package.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Sound {
    /// The digest of each module that was parsed, in hexadecimal, by its path relative to the root.
    pub(super) parsed: BTreeMap<Utf8PathBuf, String>,
    pub(super) findings: ImportFindings,
}

/// The key of a package: another version of this tool may look at more.
pub(super) fn key(program: &Program<'_>, contents: &Contents) -> Sha256Digest {
    // What is left out is named in hints alone.
    let Program { name, python, handlers, outside, search, allowed, left_out: _ } = program;
    let handlers: Vec<&String> = handlers.keys().collect();
    let program = format!("{name} {python:?} {handlers:?} {outside:?} {search:?} {allowed:?}");
    let mut hasher = Hasher::default();
    hasher.field(env!("CARGO_PKG_VERSION").as_bytes());
    hasher.field(program.as_bytes());
    for (path, entry) in contents.entries() {
        hasher.field(path.as_str().as_bytes());
        hasher.field(entry.data.place().as_ref().map_or("", |place| place.as_str()).as_bytes());
    }
    hasher.finish()
}

/// Returns what was found in a package whose modules are as they were then.
pub(super) fn known(store: &Store, key: Sha256Digest, tree: &Tree) -> Option<ImportFindings> {
    // One that can't be read is none, and is written anew.
    let (bytes, _) = store.record(RecordKind::IMPORTS, key).ok()??;
    let sound: Sound = serde_json::from_slice(&bytes).ok()?;
    let is_same = |(place, digest): (&Utf8PathBuf, &String)| {
        // Whoever parses it says why it can't be read.
        tree.read_stable(place).is_ok_and(|bytes| Sha256Digest::of(&bytes).to_hex() == *digest)
    };
    sound.parsed.iter().all(is_same).then_some(sound.findings)
}

/// Keeps what was found in a package, if nothing is missing: that is told each time. A store that
/// can't be written to is no reason to fail: the next run parses again.
pub(super) fn keep(store: &Store, key: Sha256Digest, sound: &Sound) {
    if sound.findings.found.is_empty() {
        let json = serde_json::to_vec(sound).expect("texts and numbers are JSON");
        drop(store.write_record(RecordKind::IMPORTS, key, &json));
    }
}
