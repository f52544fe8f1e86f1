//! The package manifest: what Terraform reads in place of zips.
//!
//! A small JSON map from lambda to file name and hash, made to be committed: with it a plan needs
//! neither zip nor Python (`jsondecode(file(…))`). Its text depends on its entries alone, one line
//! for each, sorted, so that differences are short and merge.
//!
//! Everything here is a pure function of values.

mod read;

use std::collections::BTreeMap;

use serde_json::json;

use crate::digest::Sha256Digest;

pub(crate) use read::{Invalid, read};

/// What Terraform reads of every package, by the lambda's name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Manifest(pub(crate) BTreeMap<String, Entry>);

/// What Terraform reads of one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
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
    /// All that there are: entries of others are of lambdas that are gone.
    All,
    /// Some: what is not among them stays as it is.
    Some,
}

impl Manifest {
    /// Takes in what was packaged.
    pub(crate) fn merge(&mut self, built: Self, scope: Scope) {
        match scope {
            Scope::All => *self = built,
            Scope::Some => self.0.extend(built.0),
        }
    }
}

/// Returns the text of a manifest: a line for each lambda, sorted, and nothing that changes with
/// the day or the machine.
pub(crate) fn write(manifest: &Manifest) -> String {
    if manifest.0.is_empty() {
        return "{}\n".to_owned();
    }
    let rows: Vec<String> = manifest.0.iter().map(|(name, entry)| row(name, entry)).collect();
    format!("{{\n{}\n}}\n", rows.join(",\n"))
}

fn row(name: &str, entry: &Entry) -> String {
    let Entry { filename, digest, size, format } = entry;
    let (name, filename) = (json!(name), json!(filename));
    format!(
        "  {name}: {{ \"filename\": {filename}, \"source_code_hash\": \"{digest}\", \
         \"size\": {size}, \"format\": {format} }}"
    )
}

#[cfg(test)]
mod tests;
