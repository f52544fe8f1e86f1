//! Compares sizes with Lambda's limits, and names the largest packages.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::contents::{Contents, Data};
use crate::report::{Failure, Warning};
use crate::wheel::LARGEST_UNPACKED;
use crate::words;

/// The most bytes of a zip that is sent to Lambda directly and not through S3.
/// Source: "Lambda quotas" in the AWS Lambda developer guide: 50 MB, which are MiB.
const LARGEST_DIRECT: u64 = 52_428_800;
const NAMED: usize = 5;
/// Bytes of a local header and of an entry in the central directory, each without the name.
/// Source: APPNOTE.TXT 6.3.10, sections 4.3.7 and 4.3.12.
const HEADERS: u64 = 30 + 46;

/// Bytes by origin: a wheel's project and version, or the lambda's own files.
pub(super) type Sizes = BTreeMap<String, u64>;

/// Refuses contents that are larger than Lambda accepts: 262,144,000 bytes, unpacked, with all layers
/// ("Lambda quotas" in the AWS Lambda developer guide). `layers` are those on which a function stands,
/// as far as they are known, by name.
pub(crate) fn check_unpacked(
    contents: &Contents,
    layers: &BTreeMap<&str, u64>,
) -> Result<(), Failure> {
    let mut sizes = unpacked(contents);
    sizes.extend(layers.iter().map(|(name, bytes)| (format!("the layer `{name}`"), *bytes)));
    refuse(sizes)
}

/// The bytes of all entries, unpacked.
pub(crate) fn unpacked_size(contents: &Contents) -> u64 {
    total(&unpacked(contents))
}

/// The same as a warning, where nothing is packaged.
pub(crate) fn warn_of_unpacked(
    contents: &Contents,
    layers: &BTreeMap<&str, u64>,
) -> Option<Warning> {
    let Failure { code, message, causes, hint, .. } = check_unpacked(contents, layers).err()?;
    let warning = Warning::new(code, format!("{message} ({})", causes.join(", ")));
    Some(Warning { hint, ..warning })
}

/// Returns a warning if a zip of this size is too large to be sent directly.
pub(crate) fn check_zip(contents: &Contents, size: u64) -> Option<Warning> {
    (size > LARGEST_DIRECT).then(|| warning(packed(contents, size), size))
}

/// Returns the unpacked bytes of each origin.
pub(super) fn unpacked(contents: &Contents) -> Sizes {
    let mut sizes = Sizes::new();
    for (_, entry) in contents.entries() {
        let bytes: &mut u64 = sizes.entry(name(&entry.data)).or_default();
        // A sparse file can have almost any size, so the sum may overflow.
        *bytes = bytes.saturating_add(entry.data.size());
    }
    sizes
}

/// Returns the bytes of each origin in a zip of that size.
///
/// Members of wheels are copied as they are, so their sizes are known, with those of their headers.
/// The rest counts as own files, with the few bytes of the zip's end records.
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

/// Names the origin of an entry.
fn name(data: &Data) -> String {
    match data {
        Data::Member { wheel, .. } => format!("`{} {}`", wheel.name.project, wheel.name.version),
        Data::File { .. } => "its own files".to_owned(),
    }
}

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

/// Describes the largest origins, by size and then by name.
fn largest(sizes: Sizes) -> Vec<String> {
    let mut parts: Vec<(Reverse<u64>, String)> =
        sizes.into_iter().map(|(name, bytes)| (Reverse(bytes), name)).collect();
    parts.sort();
    let clause =
        |(bytes, name): (Reverse<u64>, String)| format!("{name}: {}", words::bytes(bytes.0));
    parts.into_iter().take(NAMED).map(clause).collect()
}
