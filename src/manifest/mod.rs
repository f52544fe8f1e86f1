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
use crate::report::Place;

pub(crate) use read::read;
pub(crate) use write::write;

/// What Terraform is told of every package, by the lambda's name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Manifest(pub(crate) BTreeMap<String, Entry>);

/// What Terraform is told of one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Where the zip is, relative to the manifest's own folder, with forward slashes.
    pub(crate) filename: String,
    /// The SHA-256 of the zip.
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

/// Why a manifest can't be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It is no JSON, or another JSON.
    #[error("`{path}` can't be read as a package manifest")]
    Invalid {
        /// Where, relative to the root.
        path: String,
        /// The line.
        line: Option<u32>,
        /// Why.
        cause: String,
    },
    /// git could not merge it, and nobody has yet.
    #[error("`{path}` is in the middle of a merge: it has git's conflict markers")]
    Conflict {
        /// Where, relative to the root.
        path: String,
        /// The line of the first one.
        line: Option<u32>,
    },
}

impl Error {
    /// Kebab-case, never renamed.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "invalid-manifest",
            Self::Conflict { .. } => "conflicting-manifest",
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Invalid { .. } => {
                Some("remove it, and package every lambda: that writes it anew".to_owned())
            }
            Self::Conflict { .. } => Some(
                "run `cargo dofs-package` once the sources are merged: a build of every lambda \
                 writes it anew"
                    .to_owned(),
            ),
        }
    }

    /// Where.
    pub(crate) fn place(&self) -> Option<Place> {
        match self {
            Self::Invalid { path, line, .. } | Self::Conflict { path, line } => {
                Some(Place { path: path.clone(), line: *line })
            }
        }
    }

    /// Why, beyond what `source` tells.
    pub(crate) fn causes(&self) -> Vec<String> {
        match self {
            Self::Invalid { cause, .. } => vec![cause.clone()],
            Self::Conflict { .. } => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
