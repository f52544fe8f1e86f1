//! The answers of commands, as plain values; paths are texts relative to the root.
//!
//! Each command answers with one of these values, and `Serialize` makes its JSON, which the docs
//! promise: fields are only ever added. The stages work with values of their own, so these can
//! change without the JSON.
//!
//! [`Failure`] is also the error of most rooms: made where it happens, in one expression, and
//! passed on unchanged to the reporter. An enum of errors is for outcomes on which a caller
//! decides.

mod bug;
pub(crate) mod code;
mod difference;
mod failure;
mod machine;
mod timings;
mod verified;

use std::fmt::{self, Display};

use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};

use crate::digest::Sha256Digest;

pub(crate) use bug::{hold, listen};
pub(crate) use difference::{
    Change, ChangeKind, Content, ContentKind, ContentSide, Diff, DiffStatus, Difference,
    MemberChange, Reason, RequirementChange, Side, ZipFacts,
};
pub(crate) use failure::{Failure, FailureKind, Place, Warning, as_clause, line_at};
pub(crate) use machine::{Cache, Diagnosis, LambdaFact, ProgramFact, ProjectFact, StoreFact};
pub(crate) use timings::{LambdaTime, SharedTime, Span, Stage, StageTime, Timings};
pub(crate) use verified::{Check, CheckStatus, NamedWarning, Subject, Verified};

/// The number of the format of zips. It changes exactly when the bytes of an unchanged lambda
/// would: with the compressor's version, its level, the order, or any constant in `archive` and
/// `pack`.
pub(crate) const FORMAT: u32 = 1;

/// All packages and all failures of a run, each sorted by name.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) packages: Vec<Package>,
    pub(crate) failures: Vec<Failure>,
}

/// What a lambda is: the two are alike but where their packages differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LambdaKind {
    #[default]
    Function,
    Layer,
}

impl Display for LambdaKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&word(self))
    }
}

/// A published archive, or the one that would be published.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) kind: LambdaKind,
    pub(crate) status: Status,
    /// Where the zip is, relative to the root, with forward slashes.
    pub(crate) path: String,
    /// The SHA-256 of its bytes, taken as they were written.
    #[serde(flatten, serialize_with = "both_shapes")]
    pub(crate) digest: Sha256Digest,
    /// Bytes of the zip.
    pub(crate) size: u64,
    /// Bytes of all entries, unpacked, of which Lambda allows 262,144,000 ("Lambda quotas": 250
    /// MB).
    pub(crate) unpacked_size: u64,
    pub(crate) entries: u64,
    /// The Python version it is for; none where it is the same for every version.
    pub(crate) python: Option<String>,
    /// The architecture it is for, as AWS calls it.
    pub(crate) architecture: String,
    /// Whether a lock named each of its wheels, or it has none.
    pub(crate) locked: bool,
    /// Every wheel in it, direct and transitive, sorted by name.
    pub(crate) requirements: Vec<PackagedWheel>,
    /// The wheels that it lacks because the config leaves them out, sorted by name.
    #[serde(rename = "requirements_left_out", skip_serializing_if = "Vec::is_empty")]
    pub(crate) left_out: Vec<UnpackagedWheel>,
    /// In the order of discovery.
    pub(crate) warnings: Vec<Warning>,
    /// What is other than in the zip that was there, where that was looked at.
    #[serde(skip)]
    pub(crate) change: Option<Change>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Status {
    Built,
    /// The zip that was there has these bytes already, and was not touched.
    Unchanged,
    /// It was not written, for this is a dry run.
    WouldBuild,
}

/// A wheel that went into a package.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PackagedWheel {
    /// The project's name, normalised (PEP 503).
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) wheel: String,
    #[serde(rename = "sha256")]
    pub(crate) digest: Sha256Digest,
    /// Bytes of its members that a package takes, compressed.
    pub(crate) size: u64,
    /// The same, unpacked.
    pub(crate) unpacked_size: u64,
}

/// A wheel that is required, and did not go into a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct UnpackagedWheel {
    /// The project's name, normalised (PEP 503).
    pub(crate) name: String,
    pub(crate) version: String,
    /// What leaves it out, as the config has it.
    pub(crate) rule: String,
}

/// A digest as Terraform compares it, and as `sha256sum` prints it.
fn both_shapes<S: Serializer>(digest: &Sha256Digest, serializer: S) -> Result<S::Ok, S::Error> {
    let mut fields = serializer.serialize_struct("Digest", 2)?;
    fields.serialize_field("source_code_hash", &digest.to_base64())?;
    fields.serialize_field("sha256", digest)?;
    fields.end()
}

/// The answer of `list`.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Listings {
    pub(crate) lambdas: Vec<Listing>,
    /// Functions in Terraform's files that no lambda here is known to be the code of, sorted by
    /// address; none where lambdas are named.
    pub(crate) functions: Vec<OtherFunction>,
    /// Lambdas that are not packaged, sorted by name; none where lambdas are named.
    pub(crate) left_out: Vec<LeftOutLambda>,
    pub(crate) failures: Vec<Failure>,
}

/// A lambda that is not packaged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct LeftOutLambda {
    pub(crate) name: String,
    /// Where its files are, relative to the root, with forward slashes.
    pub(crate) path: String,
    pub(crate) why: String,
}

/// A function that no lambda is known to be the code of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct OtherFunction {
    pub(crate) address: String,
    /// What it is: a container image, a function of another language, code in S3 …
    pub(crate) what: String,
    /// The place in Terraform's files.
    pub(crate) from: String,
}

/// What would go into one lambda's package.
#[derive(Debug, Serialize)]
pub(crate) struct Listing {
    pub(crate) name: String,
    pub(crate) kind: LambdaKind,
    /// The names of the layers on which it stands, in the config's order.
    pub(crate) layers: Vec<String>,
    /// The version of Python; none where it does not matter.
    pub(crate) python: Option<String>,
    pub(crate) architecture: String,
    /// Its target, handler and function name, each with its origin.
    pub(crate) target: Vec<Sourced>,
    /// The wheels in it, by name, each with the file that asks for it: requirements, a project or a
    /// lock.
    pub(crate) requirements: Vec<ListedWheel>,
    /// The wheels that it lacks because the config leaves them out, sorted by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) requirements_left_out: Vec<UnpackagedWheel>,
    pub(crate) own: OwnFiles,
    /// Sorted by path.
    pub(crate) kept: Vec<Kept>,
    /// Sorted by path.
    pub(crate) left_out: Vec<LeftOut>,
    pub(crate) warnings: Vec<Warning>,
}

/// A lambda's own files in its package, with those from elsewhere in the project.
#[derive(Debug, Default, Serialize)]
pub(crate) struct OwnFiles {
    pub(crate) files: usize,
    /// Bytes of all, unpacked.
    pub(crate) unpacked_size: u64,
    /// The path in the package of the largest, the first of them, with its bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) largest: Option<LargestFile>,
}

#[derive(Debug, Serialize)]
pub(crate) struct LargestFile {
    pub(crate) path: String,
    pub(crate) unpacked_size: u64,
}

/// A wheel that would go into a package.
#[derive(Debug, Serialize)]
pub(crate) struct ListedWheel {
    /// Name and version.
    pub(crate) value: String,
    /// What asks for it: a line, else the file.
    pub(crate) from: String,
    /// Bytes of its members that the package takes, compressed.
    pub(crate) size: u64,
    /// The same, unpacked.
    pub(crate) unpacked_size: u64,
}

/// A value, with its origin: the config, a flag, a file.
#[derive(Debug, Serialize)]
pub(crate) struct Sourced {
    pub(crate) value: String,
    pub(crate) from: String,
}

impl Sourced {
    pub(crate) fn new(value: impl Display, from: impl Display) -> Self {
        Self { value: value.to_string(), from: from.to_string() }
    }
}

/// A file that would go into a package.
#[derive(Debug, Serialize)]
pub(crate) struct Kept {
    pub(crate) path: String,
    /// A wheel's file name, or a path relative to the root.
    pub(crate) from: String,
    /// Bytes, unpacked.
    pub(crate) unpacked_size: u64,
    /// Whether git ignores it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) ignored: bool,
}

/// A file that would not, and by which rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct LeftOut {
    pub(crate) path: String,
    pub(crate) rule: String,
}

/// The answer of `lock`.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Locks {
    pub(crate) locks: Vec<Locked>,
    pub(crate) failures: Vec<Failure>,
}

/// The state of a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Locked {
    pub(crate) name: String,
    pub(crate) status: LockStatus,
    /// Where the lock is, or would be, relative to the root.
    pub(crate) path: String,
    pub(crate) packages: u64,
    /// Why it is stale, or was before it was written, as a clause.
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LockStatus {
    Written,
    /// It was made for the requirements and the target.
    Fresh,
    /// There is no fresh lock, but every line has hashes, and so the lines are a lock themselves.
    Hashed,
    /// It was made for other requirements or another target.
    Stale,
    Missing,
}

impl LockStatus {
    /// Whether a lock or hashes name the exact wheels.
    pub(crate) fn is_locked(self) -> bool {
        match self {
            Self::Written | Self::Fresh | Self::Hashed => true,
            Self::Stale | Self::Missing => false,
        }
    }
}

/// The answer of `hook install` and `hook uninstall`; without status and path where it failed.
#[derive(Debug, Default, Serialize)]
pub(crate) struct HookAnswer {
    pub(crate) status: Option<HookStatus>,
    /// Where the hook is, or was, as the project's root sees it, with forward slashes.
    pub(crate) path: Option<String>,
    pub(crate) failures: Vec<Failure>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum HookStatus {
    Installed,
    /// It was installed before.
    Unchanged,
    Removed,
    /// It was not installed.
    Absent,
}

/// The answer of `init` and `man`, which write files for the user.
#[derive(Debug, Default, Serialize)]
pub(crate) struct WrittenFiles {
    pub(crate) files: Vec<WrittenFile>,
    /// The lambdas that `init` found for a new config, sorted by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) found: Option<Vec<FoundLambda>>,
    /// What `init` could not tell, or the config has not: a sentence each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unclear: Option<Vec<String>>,
    /// What `init --terraform` changes, or would change.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) terraform: Option<TerraformEdits>,
    pub(crate) failures: Vec<Failure>,
}

/// Edits of Terraform's files.
#[derive(Debug, Serialize)]
pub(crate) struct TerraformEdits {
    /// A unified diff of all of them.
    pub(crate) diff: String,
    /// Sorted by place.
    pub(crate) edits: Vec<TerraformEdit>,
    /// What can't be edited, sorted by place.
    pub(crate) by_hand: Vec<ByHand>,
    /// Whether the files were written; else the diff is the answer.
    #[serde(skip)]
    pub(crate) is_written: bool,
}

/// One edit of a file of Terraform's.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct TerraformEdit {
    #[serde(flatten)]
    pub(crate) place: Place,
    /// A sentence.
    pub(crate) what: String,
}

/// What is left to the user in Terraform's files.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ByHand {
    #[serde(flatten)]
    pub(crate) place: Option<Place>,
    pub(crate) message: String,
    /// The lines to write.
    pub(crate) lines: Vec<String>,
}

/// A lambda that was found in a repository.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FoundLambda {
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    /// Relative to the root.
    pub(crate) path: String,
    /// What it was found by.
    pub(crate) by: String,
}

/// The answer of `invoke` where there is none.
#[derive(Debug, Serialize)]
pub(crate) struct Uncalled {
    pub(crate) failures: [Failure; 1],
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct WrittenFile {
    /// Relative to the root.
    pub(crate) path: String,
    /// One word.
    pub(crate) status: String,
}

impl WrittenFile {
    pub(crate) fn new(path: impl Into<String>, status: impl Into<String>) -> Self {
        Self { path: path.into(), status: status.into() }
    }
}

/// The word of a status or a kind in the JSON, for texts: so both use the same.
pub(crate) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        other => unreachable!("only enums without fields have a word, not {other:?}"),
    }
}

#[cfg(test)]
mod tests;
