//! The package manifest: what Terraform reads in place of zips.
//!
//! A small JSON map from lambda to file name and hash, made to be committed: with it a plan needs
//! neither zip nor Python (`jsondecode(file(…))`). Its text depends on its entries alone, one line
//! for each, sorted, so that differences are short and merge.
//!
//! Everything here is a pure function of values.

mod read;
mod write;

use std::collections::BTreeMap;

use crate::digest::Sha256Digest;

pub(crate) use read::{Invalid, read};
pub(crate) use write::write;

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

#[cfg(test)]
mod tests;
