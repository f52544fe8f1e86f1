//! Sizes: what Lambda takes, and which packages they come from.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::contents::{Contents, Data};
use crate::report::{Failure, Warning};
use crate::wheel::LARGEST_UNPACKED;
use crate::words;

/// The most bytes that a zip may have which is sent to Lambda itself, and not through S3.
/// Source: "Lambda quotas" in the AWS Lambda developer guide: 50 MB, which are MiB.
const LARGEST_DIRECT: u64 = 52_428_800;
const NAMED: usize = 5;
/// What is a file's in a zip besides its name, twice, and its bytes: a local header and a record
/// of the central directory. Source: APPNOTE.TXT 6.3.10, sections 4.3.7 and 4.3.12.
const HEADERS: u64 = 30 + 46;

/// Bytes by where they come from.
pub(super) type Sizes = BTreeMap<String, u64>;

/// Checks that Lambda takes the contents: at most 262,144,000 bytes, unpacked.
pub(crate) fn check_unpacked(contents: &Contents) -> Result<(), Failure> {
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
        let bytes: &mut u64 = sizes.entry(name(&entry.data)).or_default();
        // A file with holes may claim any size.
        *bytes = bytes.saturating_add(entry.data.size());
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
pub(super) fn refuse(sizes: Sizes) -> Result<(), Failure> {
    let bytes = total(&sizes);
    if bytes <= LARGEST_UNPACKED {
        return Ok(());
    }
    let message = format!(
        "the package unpacks to {} bytes, more than the {} that Lambda takes",
        words::grouped(bytes),
        words::grouped(LARGEST_UNPACKED)
    );
    let failure = Failure::lambda("package-too-large", message)
        .hint("leave out what the lambda does not need, or deploy it as a container image");
    Err(largest(sizes).iter().fold(failure, Failure::cause))
}

/// Says that a zip must go through S3.
fn warning(sizes: Sizes, size: u64) -> Warning {
    let message = format!(
        "the zip has {} bytes, more than the {} that Lambda takes by direct upload ({})",
        words::grouped(size),
        words::grouped(LARGEST_DIRECT),
        largest(sizes).join(", ")
    );
    Warning::new("package-needs-s3", message)
        .hint("deploy it through S3: in Terraform, by `s3_bucket` and `s3_key`")
}

fn total(sizes: &Sizes) -> u64 {
    sizes.values().fold(0, |total, bytes| total.saturating_add(*bytes))
}

/// The largest parts, by size and then by name, each with its size in words.
fn largest(sizes: Sizes) -> Vec<String> {
    let mut parts: Vec<(Reverse<u64>, String)> =
        sizes.into_iter().map(|(name, bytes)| (Reverse(bytes), name)).collect();
    parts.sort();
    let clause =
        |(bytes, name): (Reverse<u64>, String)| format!("{name}: {}", words::bytes(bytes.0));
    parts.into_iter().take(NAMED).map(clause).collect()
}
