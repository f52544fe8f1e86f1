//! RECORD: what a wheel says of its own files.

use std::collections::BTreeMap;

use base64::Engine as _;
use sha2::Digest as _;

use super::directory::{Fault, shown};
use crate::path::ArchivePath;

/// What RECORD says of one file.
#[derive(Debug)]
pub(super) struct Row {
    /// Its digest.
    pub(super) digest: Option<Expected>,
    /// Its bytes.
    pub(super) size: Option<u64>,
}

/// A digest by one of the algorithms that the specification allows: SHA-256 or better.
#[derive(Debug)]
pub(super) enum Expected {
    /// SHA-256.
    Sha256(Vec<u8>),
    /// SHA-384.
    Sha384(Vec<u8>),
    /// SHA-512.
    Sha512(Vec<u8>),
}

/// A digest in the making, by the algorithm that is expected.
pub(super) enum Running {
    /// SHA-256.
    Sha256(sha2::Sha256),
    /// SHA-384.
    Sha384(sha2::Sha384),
    /// SHA-512.
    Sha512(sha2::Sha512),
}

impl Expected {
    /// Begins a digest that can be compared with this one.
    pub(super) fn start(&self) -> Running {
        match self {
            Self::Sha256(_) => Running::Sha256(sha2::Sha256::new()),
            Self::Sha384(_) => Running::Sha384(sha2::Sha384::new()),
            Self::Sha512(_) => Running::Sha512(sha2::Sha512::new()),
        }
    }

    /// Whether the digest is this one.
    pub(super) fn is(&self, running: Running) -> bool {
        match (self, running) {
            (Self::Sha256(expected), Running::Sha256(hasher)) => *expected == *hasher.finalize(),
            (Self::Sha384(expected), Running::Sha384(hasher)) => *expected == *hasher.finalize(),
            (Self::Sha512(expected), Running::Sha512(hasher)) => *expected == *hasher.finalize(),
            (Self::Sha256(_) | Self::Sha384(_) | Self::Sha512(_), _) => false,
        }
    }
}

impl Running {
    /// Adds bytes.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha384(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
        }
    }
}

/// Reads the rows by name.
///
/// Source: "Recording installed projects" and the binary distribution format of the PyPA: CSV
/// of path, `algorithm=urlsafe-base64-without-padding`, bytes.
pub(super) fn parse(text: &str) -> Result<BTreeMap<String, Row>, Fault> {
    let mut rows = BTreeMap::new();
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    for fields in reader.records() {
        let fields = fields.map_err(|error| format!("its RECORD is no CSV: {error}"))?;
        let name = fields.get(0).unwrap_or_default().to_owned();
        ArchivePath::new(name.trim_end_matches('/'))
            .map_err(|fault| format!("its RECORD lists {}, which {fault}", shown(&name)))?;
        let refuse =
            |what: &str| Fault::from(format!("its RECORD has {what} for {}", shown(&name)));
        let digest = match fields.get(1).unwrap_or_default() {
            "" => None,
            text => Some(digest(text).ok_or_else(|| refuse("no digest of SHA-256 or better"))?),
        };
        let size = match fields.get(2).unwrap_or_default() {
            "" => None,
            text => Some(text.parse().map_err(|_| refuse("a size that is no number"))?),
        };
        if rows.insert(name.clone(), Row { digest, size }).is_some() {
            return Err(refuse("two rows"));
        }
    }
    Ok(rows)
}

fn digest(text: &str) -> Option<Expected> {
    let (algorithm, encoded) = text.split_once('=')?;
    let unpadded = encoded.trim_end_matches('=');
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(unpadded).ok()?;
    match (algorithm, bytes.len()) {
        ("sha256", 32) => Some(Expected::Sha256(bytes)),
        ("sha384", 48) => Some(Expected::Sha384(bytes)),
        ("sha512", 64) => Some(Expected::Sha512(bytes)),
        _ => None,
    }
}
