//! Reads RECORD: the list of a wheel's files, with digests and sizes.

use std::collections::BTreeMap;

use base64::Engine as _;
use sha2::digest::DynDigest;

use super::directory::{Fault, shown};
use crate::path::ArchivePath;

/// The row of a file.
pub(super) struct Row {
    pub(super) digest: Option<Expected>,
    pub(super) size: Option<u64>,
}

/// A digest, with its algorithm.
pub(super) struct Expected {
    pub(super) start: fn() -> Box<dyn DynDigest>,
    bytes: Vec<u8>,
}

impl Expected {
    pub(super) fn is(&self, digest: Box<dyn DynDigest>) -> bool {
        *digest.finalize() == *self.bytes
    }
}

/// Reads the rows, by path.
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

/// Reads a digest. The algorithm must be SHA-256 or better (binary distribution format, "Signed
/// wheel files"). Padding is accepted, though the specification has none.
fn digest(text: &str) -> Option<Expected> {
    let (algorithm, encoded) = text.split_once('=')?;
    let unpadded = encoded.trim_end_matches('=');
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(unpadded).ok()?;
    let start: fn() -> Box<dyn DynDigest> = match algorithm {
        "sha256" => || Box::<sha2::Sha256>::default(),
        "sha384" => || Box::<sha2::Sha384>::default(),
        "sha512" => || Box::<sha2::Sha512>::default(),
        _ => return None,
    };
    (start().output_size() == bytes.len()).then_some(Expected { start, bytes })
}
