//! The package manifest: the file that Terraform reads in place of zips.
//!
//! A small JSON map from lambda to file name and hash, made to be committed: with it a plan needs
//! neither zip nor Python (`jsondecode(file(…))`). Its text depends on its entries alone, sorted, and
//! laid out so that git merges what two branches change: see [`write()`].
//!
//! Everything here is a pure function of values.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::json;

use crate::digest::Sha256Digest;
use crate::report::{Failure, LambdaKind, line_at};

/// The entries by the lambda's name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Manifest(pub(crate) BTreeMap<String, Entry>);

/// What Terraform reads of one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) kind: LambdaKind,
    /// Where the zip is, relative to the manifest's own folder, with forward slashes.
    pub(crate) filename: String,
    pub(crate) digest: Sha256Digest,
    /// Bytes of the zip.
    pub(crate) size: u64,
    /// The number of the format that the zip was written in.
    pub(crate) format: u32,
}

/// Which lambdas a run has packaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All of the project: an entry without a package is of a lambda that was removed.
    All,
    /// Some of them: the entries of others stay.
    Some,
    /// One part of them: the manifest is that of the part, to be joined with those of the others.
    Part,
}

impl Manifest {
    /// Takes in what was packaged. Entries of lambdas that this worktree has not got (`absent`) stay:
    /// they are no more gone than those of another machine.
    pub(crate) fn merge(&mut self, built: Self, scope: Scope, absent: &[String]) {
        match scope {
            Scope::All => self.0.retain(|name, _| absent.contains(name)),
            Scope::Some => {}
            Scope::Part => self.0.clear(),
        }
        self.0.extend(built.0);
    }

    /// Takes in the entries of another part. Returns the first lambda that both have.
    pub(crate) fn join(&mut self, part: Self) -> Result<(), String> {
        for (name, entry) in part.0 {
            if self.0.contains_key(&name) {
                return Err(name);
            }
            self.0.insert(name, entry);
        }
        Ok(())
    }
}

/// An entry as it is written. Keys of a later version are skipped.
#[derive(Deserialize)]
struct Row {
    /// Those of earlier versions are all functions'.
    #[serde(default)]
    kind: LambdaKind,
    filename: String,
    source_code_hash: String,
    size: u64,
    format: u32,
}

/// The entries of a manifest. A name that occurs twice, as a hand that merged may leave it, is an error:
/// a map of serde would take the last of them.
struct Rows(BTreeMap<String, Row>);

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Rows;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Rows, A::Error> {
                let mut rows = BTreeMap::new();
                while let Some(name) = map.next_key::<String>()? {
                    if rows.contains_key(&name) {
                        return Err(A::Error::custom(format!("`{name}` occurs twice")));
                    }
                    rows.insert(name, map.next_value()?);
                }
                Ok(Rows(rows))
            }
        }
        deserializer.deserialize_map(Each)
    }
}

/// Why a text is not read as a manifest.
#[derive(Debug)]
pub(crate) enum Invalid {
    /// It has git's conflict markers. A build of every lambda writes it anew.
    Conflict(Failure),
    Other(Failure),
}

impl From<Invalid> for Failure {
    fn from(invalid: Invalid) -> Self {
        match invalid {
            Invalid::Conflict(failure) | Invalid::Other(failure) => failure,
        }
    }
}

/// Reads the text of a manifest; `path` is said in failures.
pub(crate) fn read(bytes: &[u8], path: &str) -> Result<Manifest, Invalid> {
    let invalid = |line, cause: &str| {
        let message = format!("`{path}` can't be read as a package manifest");
        let failure = Failure::input("invalid-manifest", message).cause(cause).at(path, line);
        Invalid::Other(failure.hint("remove it, and package every lambda: that writes it anew"))
    };
    let Rows(rows) = serde_json::from_slice(bytes).map_err(|error| {
        if let Some(line) = conflict(bytes) {
            let message =
                format!("`{path}` is in the middle of a merge: it has git's conflict markers");
            let failure = Failure::input("conflicting-manifest", message).at(path, line);
            return Invalid::Conflict(failure.hint(
                "run `cargo dofs-package` once the sources are merged: a build of every lambda \
                 writes it anew",
            ));
        }
        let line = u32::try_from(error.line()).ok().filter(|line| *line > 0);
        let text = error.to_string();
        // The place has the line already.
        invalid(line, text.split(" at line ").next().unwrap_or(&text))
    })?;
    let entry = |(name, row): (String, Row)| {
        let Row { kind, filename, source_code_hash, size, format } = row;
        let digest = Sha256Digest::from_base64(&source_code_hash).ok_or_else(|| {
            let cause = format!("`{name}` has `{source_code_hash}` in place of a base64 SHA-256");
            invalid(line_of(bytes, &source_code_hash), &cause)
        })?;
        Ok((name, Entry { kind, filename, digest, size, format }))
    };
    rows.into_iter().map(entry).collect::<Result<_, _>>().map(Manifest)
}

/// The first line that is one of git's conflict markers, from 1.
fn conflict(bytes: &[u8]) -> Option<u32> {
    // `|||||||` is of the styles `diff3` and `zdiff3` (git-merge, "How conflicts are presented").
    let markers: [&[u8]; 3] = [b"<<<<<<< ", b"||||||| ", b">>>>>>> "];
    let is_marker = |line: &[u8]| markers.iter().any(|marker| line.starts_with(marker));
    let index = bytes.split(|byte| *byte == b'\n').position(is_marker)?;
    u32::try_from(index + 1).ok()
}

/// The first line that has a text.
fn line_of(bytes: &[u8], text: &str) -> Option<u32> {
    let at = memchr::memmem::find(bytes, text.as_bytes())?;
    Some(line_at(bytes, at))
}

/// Returns the text of a manifest: sorted, and nothing that changes with the day or the machine.
///
/// git merges two changes where a line between them stays as it is. So what changes with each build
/// stands at the beginning of an entry, and what hardly does at its end: before the line that gets a
/// comma when another entry is added behind it.
pub(crate) fn write(manifest: &Manifest) -> String {
    if manifest.0.is_empty() {
        return "{}\n".to_owned();
    }
    let rows: Vec<String> = manifest.0.iter().map(|(name, entry)| row(name, entry)).collect();
    format!("{{\n{}\n}}\n", rows.join(",\n"))
}

fn row(name: &str, entry: &Entry) -> String {
    let Entry { kind, filename, digest, size, format } = entry;
    let (name, filename, hexadecimal) = (json!(name), json!(filename), digest.to_hex());
    format!(
        "  {name}: {{\n    \"source_code_hash\": \"{digest}\",\n    \"sha256\": \"{hexadecimal}\",\n    \
         \"size\": {size},\n    \"filename\": {filename},\n    \"kind\": \"{kind}\",\n    \"format\": \
         {format}\n  }}"
    )
}

#[cfg(test)]
mod tests;
