//! Sizes: what Lambda takes, and which packages they come from.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Error;
use crate::contents::{Contents, Data};
use crate::report::Warning;
use crate::wheel::LARGEST_UNPACKED;
use crate::words;

/// The most bytes that a zip may have which is sent to Lambda itself, and not through S3.
/// Source: "Lambda quotas" in the AWS Lambda developer guide: 50 MB, which are MiB.
const LARGEST_DIRECT: u64 = 52_428_800;
/// How many packages are named.
const NAMED: usize = 5;
/// What is a file's in a zip besides its name, twice, and its bytes: a local header and a record
/// of the central directory. Source: APPNOTE.TXT 6.3.10, sections 4.3.7 and 4.3.12.
const HEADERS: u64 = 30 + 46;

/// A part of a package, with its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// Where it comes from, in words.
    name: String,
    /// Its bytes.
    bytes: u64,
}

impl Part {
    /// What it is and how large.
    pub(super) fn clause(&self) -> String {
        format!("{}: {}", self.name, words::bytes(self.bytes))
    }
}

/// Bytes by where they come from.
pub(super) type Sizes = BTreeMap<String, u64>;

/// Checks that Lambda takes the contents: at most 262,144,000 bytes, unpacked.
///
/// # Errors
///
/// They are more.
pub(crate) fn check_unpacked(contents: &Contents) -> Result<(), Error> {
    refuse(unpacked(contents))
}

/// Warns where a zip of these contents and this many bytes is too large to be sent directly.
pub(crate) fn check_zip(contents: &Contents, size: u64) -> Option<Warning> {
    (size > LARGEST_DIRECT).then(|| warning(packed(contents, size), size))
}

/// The unpacked bytes of each part.
pub(super) fn unpacked(contents: &Contents) -> Sizes {
    let mut sizes = Sizes::new();
    for (_, entry) in contents.entries() {
        let size = match &entry.data {
            Data::Member { wheel, index } => wheel.members()[*index].size,
            Data::File { size, .. } => *size,
        };
        let bytes: &mut u64 = sizes.entry(name(&entry.data)).or_default();
        // A file with holes may claim any size.
        *bytes = bytes.saturating_add(size);
    }
    sizes
}

/// The bytes of each part in a zip of that size.
///
/// Members of wheels are copied as they are, so theirs are known, with their headers. Those of
/// own files are what is left; a few bytes of the zip's end are among them.
pub(super) fn packed(contents: &Contents, size: u64) -> Sizes {
    let mut sizes = Sizes::new();
    let mut own = None;
    for (path, entry) in contents.entries() {
        match entry.data.member() {
            Some((_, member)) => {
                let headers = HEADERS + 2 * path.as_str().len() as u64;
                *sizes.entry(name(&entry.data)).or_default() += member.compressed_size + headers;
            }
            None => own = Some(name(&entry.data)),
        }
    }
    if let Some(own) = own {
        let left = size.saturating_sub(total(&sizes));
        sizes.insert(own, left);
    }
    sizes
}

/// Names the part that an entry belongs to.
fn name(data: &Data) -> String {
    match data {
        Data::Member { wheel, .. } => format!("`{} {}`", wheel.name.project, wheel.name.version),
        Data::File { .. } => "its own files".to_owned(),
    }
}

/// Refuses what is larger than Lambda takes.
pub(super) fn refuse(sizes: Sizes) -> Result<(), Error> {
    let bytes = total(&sizes);
    if bytes > LARGEST_UNPACKED {
        return Err(Error::PackageTooLarge { bytes, largest: largest(sizes) });
    }
    Ok(())
}

/// Says that a zip must go through S3.
pub(super) fn warning(sizes: Sizes, size: u64) -> Warning {
    let parts: Vec<String> = largest(sizes).iter().map(Part::clause).collect();
    Warning {
        code: "package-needs-s3",
        message: format!(
            "the zip has {} bytes, more than the {} that Lambda takes by direct upload ({})",
            words::grouped(size),
            words::grouped(LARGEST_DIRECT),
            parts.join(", ")
        ),
        place: None,
        hint: Some("deploy it through S3: in Terraform, by `s3_bucket` and `s3_key`".to_owned()),
    }
}

/// All bytes.
fn total(sizes: &Sizes) -> u64 {
    sizes.values().fold(0, |total, bytes| total.saturating_add(*bytes))
}

/// The largest parts, by size and then by name.
fn largest(sizes: Sizes) -> Vec<Part> {
    let mut parts: Vec<Part> =
        sizes.into_iter().map(|(name, bytes)| Part { name, bytes }).collect();
    parts.sort_by(|one, other| {
        (Reverse(one.bytes), &one.name).cmp(&(Reverse(other.bytes), &other.name))
    });
    parts.truncate(NAMED);
    parts
}
