//! What a run has to say at its end: plain values, paths as text relative to the root.

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

/// Something odd that does not stop a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Warning {
    /// Kebab-case, never renamed.
    pub(crate) code: &'static str,
    /// One sentence.
    pub(crate) message: String,
    /// Where, if there is one place.
    pub(crate) place: Option<Place>,
    /// What to do.
    pub(crate) hint: Option<String>,
}

/// Something that stopped a lambda, or the run.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    /// The lambda's name; none where the run as a whole failed.
    pub(crate) name: Option<String>,
    /// Kebab-case, never renamed.
    pub(crate) code: &'static str,
    /// One sentence.
    pub(crate) message: String,
    /// Why, outermost first.
    pub(crate) causes: Vec<String>,
    /// What to do, where following it truly helps.
    pub(crate) hint: Option<String>,
    /// Where.
    pub(crate) place: Option<Place>,
    /// What the exit code says of it.
    pub(crate) kind: FailureKind,
}

/// Whose fault it is, as far as exit codes tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// The command line.
    Usage,
    /// Config, discovery or an input file.
    Input,
    /// The lambda itself.
    Lambda,
    /// Another program is missing or failed.
    Program,
    /// The network would be needed, and is forbidden.
    Network,
}

/// A place in a file of the project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The file, relative to the root.
    pub(crate) path: String,
    /// The line, counted from 1; none for the file as a whole.
    pub(crate) line: Option<u32>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}:{line}", self.path),
            None => formatter.write_str(&self.path),
        }
    }
}
