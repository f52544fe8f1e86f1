//! What a run has to say at its end: plain values, paths as text relative to the root.
//!
//! [`Failure`] is also what rooms return where something can't be done: made where it happens, in
//! one expression, and carried as it is to whoever shows it. An enum of errors is for outcomes on
//! which somebody decides.

mod codes;
mod failure;

pub(crate) use failure::{Failure, FailureKind, Place, Warning, as_clause};

use crate::digest::Sha256Digest;

/// All packages and all failures of a run, each sorted by name.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// What was packaged.
    pub(crate) packages: Vec<Package>,
    /// What could not be.
    pub(crate) failures: Vec<Failure>,
}

/// A published archive, or what it would be.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    /// The lambda's name.
    pub(crate) name: String,
    /// Whether it was written.
    pub(crate) status: Status,
    /// Where the zip is, relative to the root, with forward slashes.
    pub(crate) path: String,
    /// The SHA-256 of its bytes, taken as they were written.
    pub(crate) digest: Sha256Digest,
    /// Bytes of the zip.
    pub(crate) size: u64,
    /// Bytes of all entries, unpacked: what Lambda limits to 262,144,000.
    pub(crate) unpacked_size: u64,
    /// Files in it.
    pub(crate) entries: u64,
    /// The Python version it is for; none where it is the same for every version.
    pub(crate) python: Option<String>,
    /// The architecture it is for, as AWS calls it.
    pub(crate) architecture: String,
    /// Whether nothing in it floats: a lock named its wheels, or it has none.
    pub(crate) locked: bool,
    /// Every wheel in it, direct and transitive, sorted by name.
    pub(crate) requirements: Vec<PackagedWheel>,
    /// What is odd about it, in the order of discovery.
    pub(crate) warnings: Vec<Warning>,
}

/// Whether a package was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// It was.
    Built,
    /// It was not, for this is a dry run.
    WouldBuild,
}

/// What became of a lock, or how it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Locked {
    /// The lambda's name.
    pub(crate) name: String,
    /// Where the lock is, or would be, relative to the root.
    pub(crate) path: String,
    /// What became of it.
    pub(crate) status: LockStatus,
    /// How many packages it has.
    pub(crate) packages: u64,
    /// Why it was, or is, stale, as a clause.
    pub(crate) reason: Option<String>,
}

/// What became of a lock, or how it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LockStatus {
    /// It was written.
    Written,
    /// It is one for the requirements and the target.
    Fresh,
    /// There is none, or a stale one, but the lines have hashes, and are a lock themselves.
    Hashed,
    /// It was made for others.
    Stale,
    /// There is none.
    Missing,
}

impl LockStatus {
    /// In one word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Fresh => "fresh",
            Self::Hashed => "hashed",
            Self::Stale => "stale",
            Self::Missing => "missing",
        }
    }

    /// Whether exact wheels are named.
    pub(crate) fn is_locked(self) -> bool {
        match self {
            Self::Written | Self::Fresh | Self::Hashed => true,
            Self::Stale | Self::Missing => false,
        }
    }
}

/// Something that was checked against what the sources give, also where it is as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    /// The lambda's name; of a function that no lambda belongs to, the function's.
    pub(crate) name: String,
    /// What was checked.
    pub(crate) subject: Subject,
    /// What came of it.
    pub(crate) status: CheckStatus,
    /// What it should be, where that is one value.
    pub(crate) expected: Option<String>,
    /// What it is.
    pub(crate) actual: Option<String>,
    /// What Terraform or AWS calls it, where it is theirs.
    pub(crate) address: Option<String>,
    /// One sentence, in lower case.
    pub(crate) message: String,
}

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// A zip on disk.
    Zip,
    /// An entry of the package manifest.
    Manifest,
    /// A function in a state or plan of Terraform.
    State,
    /// The code that Lambda has.
    Deployed,
    /// The function that Lambda calls.
    Handler,
    /// The runtime and the architectures.
    Runtime,
}

impl Subject {
    /// In one word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Manifest => "manifest",
            Self::State => "state",
            Self::Deployed => "deployed",
            Self::Handler => "handler",
            Self::Runtime => "runtime",
        }
    }
}

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CheckStatus {
    /// It is as it should be.
    Ok,
    /// It is something else.
    Differs,
    /// It is not there.
    Missing,
    /// The members are equal, the bytes are not: another tool or format packed it.
    SameContent,
}

impl CheckStatus {
    /// In words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Differs => "differs",
            Self::Missing => "missing",
            Self::SameContent => "same content",
        }
    }
}

/// A wheel that went into a package.
#[derive(Debug, Clone)]
pub(crate) struct PackagedWheel {
    /// The project's name, normalised (PEP 503).
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// The wheel's file name.
    pub(crate) wheel: String,
    /// The wheel's SHA-256.
    pub(crate) digest: Sha256Digest,
}
