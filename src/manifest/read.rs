//! Reads a manifest.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Entry, Error, Manifest};
use crate::digest::Sha256Digest;

/// An entry as it is written. Keys of a later version are passed over.
#[derive(Deserialize)]
struct Row {
    filename: String,
    source_code_hash: String,
    size: u64,
    format: u32,
}

/// Reads the text of a manifest; `path` is said in errors.
///
/// # Errors
///
/// No JSON, another JSON, a hash that is none.
pub(crate) fn read(bytes: &[u8], path: &str) -> Result<Manifest, Error> {
    let invalid = |line, cause: String| Error::Invalid { path: path.to_owned(), line, cause };
    let rows: BTreeMap<String, Row> = serde_json::from_slice(bytes).map_err(|error| {
        if let Some(line) = conflict(bytes) {
            return Error::Conflict { path: path.to_owned(), line: u32::try_from(line).ok() };
        }
        let line = u32::try_from(error.line()).ok().filter(|line| *line > 0);
        let text = error.to_string();
        // The place has the line already.
        let cause = text.split(" at line ").next().unwrap_or(&text);
        invalid(line, cause.to_owned())
    })?;
    let entry = |(name, row): (String, Row)| {
        let digest = Sha256Digest::from_base64(&row.source_code_hash).ok_or_else(|| {
            let line = line_of(bytes, &row.source_code_hash);
            invalid(
                line,
                format!("`{name}` has `{}` in place of a base64 SHA-256", row.source_code_hash),
            )
        })?;
        let Row { filename, size, format, .. } = row;
        Ok((name, Entry { filename, digest, size, format }))
    };
    rows.into_iter().map(entry).collect::<Result<_, _>>().map(Manifest)
}

/// The first line that is one of git's conflict markers, from 1.
fn conflict(bytes: &[u8]) -> Option<usize> {
    let markers: [&[u8]; 3] = [b"<<<<<<< ", b"||||||| ", b">>>>>>> "];
    let is_marker = |line: &[u8]| markers.iter().any(|marker| line.starts_with(marker));
    bytes.split(|byte| *byte == b'\n').position(is_marker).map(|index| index + 1)
}

/// The first line that has a text.
fn line_of(bytes: &[u8], text: &str) -> Option<u32> {
    let before = &bytes[..memchr::memmem::find(bytes, text.as_bytes())?];
    u32::try_from(memchr::memchr_iter(b'\n', before).count() + 1).ok()
}
