//! The answer of `diff`: the differences between two zips.

use serde::{Serialize, Serializer};

use super::{Failure, both_shapes};
use crate::digest::Sha256Digest;

/// Two packages, compared; where that failed, only the failures.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Diff {
    /// The lambda's name, where it is about one.
    pub(crate) name: Option<String>,
    pub(crate) status: Option<DiffStatus>,
    pub(crate) before: Option<ZipFacts>,
    pub(crate) after: Option<ZipFacts>,
    #[serde(flatten)]
    pub(crate) difference: Difference,
    /// The differences in the member that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content: Option<Content>,
    pub(crate) failures: Vec<Failure>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DiffStatus {
    Same,
    /// The members are equal, the bytes of the zips are not.
    #[serde(rename = "same content")]
    SameContent,
    Differs,
}

#[derive(Debug, Serialize)]
pub(crate) struct ZipFacts {
    /// As it was given, or relative to the root; none for the package that the sources give.
    pub(crate) path: Option<String>,
    #[serde(flatten, serialize_with = "both_shapes")]
    pub(crate) digest: Sha256Digest,
    pub(crate) size: u64,
    /// Its members but the folders.
    pub(crate) entries: u64,
}

/// The differences of a zip from the one before it.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Difference {
    /// Why the bytes differ where the content does not; empty where it does, or where the bytes
    /// are the same.
    pub(crate) reasons: Vec<Reason>,
    /// Requirements of other versions, by name.
    pub(crate) requirements: Vec<RequirementChange>,
    /// Members that differ: those that were added, then removed, changed, and of another mode; each
    /// sorted by name.
    pub(crate) members: Vec<MemberChange>,
}

impl Difference {
    pub(crate) fn status(&self) -> DiffStatus {
        match (self.members.is_empty(), self.reasons.is_empty()) {
            (true, true) => DiffStatus::Same,
            (true, false) => DiffStatus::SameContent,
            (false, _) => DiffStatus::Differs,
        }
    }
}

/// A requirement of another version, or in one of the zips only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct RequirementChange {
    /// The project's name, normalised (PEP 503).
    pub(crate) name: String,
    /// Its version in the first zip, where it is there.
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

/// A member that differs, or is in one of the zips only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct MemberChange {
    pub(crate) path: String,
    pub(crate) change: ChangeKind,
    /// How it is in the first zip, where it is there.
    pub(crate) before: Option<Side>,
    pub(crate) after: Option<Side>,
    /// The requirement of another version that it belongs to.
    pub(crate) requirement: Option<String>,
}

/// How a member is in one of two zips.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Side {
    /// Bytes, unpacked.
    pub(crate) size: u64,
    /// Unix file type and permissions; none where the zip says nothing of them.
    #[serde(serialize_with = "octal")]
    pub(crate) mode: Option<u16>,
}

fn octal<S: Serializer>(mode: &Option<u16>, serializer: S) -> Result<S::Ok, S::Error> {
    match mode {
        Some(mode) => serializer.collect_str(&format_args!("{mode:06o}")),
        None => serializer.serialize_none(),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ChangeKind {
    Added,
    Removed,
    /// It has other bytes.
    Changed,
    /// Other users have other access to it: they can read it, execute it, or follow it as a link.
    Mode,
}

/// Why two zips of the same content have other bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Reason {
    /// The members come in another order.
    Order,
    Times,
    /// They are packed by another method, or by another compressor.
    Compression,
    /// One has members for folders that the other has not.
    Folders,
    /// They have other modes, but give the same access.
    Modes,
    /// The zip or a member of it has another comment.
    Comments,
    /// None of these: headers, or bytes that are not unpacked.
    Headers,
}

/// A member as two zips have it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Content {
    pub(crate) path: String,
    pub(crate) kind: ContentKind,
    /// How it is in the first zip, where it is there.
    pub(crate) before: Option<ContentSide>,
    pub(crate) after: Option<ContentSide>,
    /// For a text a unified diff without its header; empty where an empty file was added or
    /// removed.
    pub(crate) diff: Option<String>,
}

/// How the bytes of a member differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ContentKind {
    Same,
    /// Both are texts.
    Text,
    /// One is no text.
    Binary,
    /// One is too large to be shown.
    Large,
}

/// A member as one of two zips has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct ContentSide {
    /// Bytes, unpacked.
    pub(crate) size: u64,
    /// Of these bytes.
    #[serde(rename = "sha256")]
    pub(crate) digest: Sha256Digest,
}

/// What is other in a zip that takes another one's place, for a line of talk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// How many bytes more its zip has.
    pub(crate) bytes: i128,
    /// Requirements, then files; empty where only how they are packed is other.
    pub(crate) what: Vec<String>,
}
