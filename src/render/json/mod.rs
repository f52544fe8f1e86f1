//! Answers for programs: one document, versioned by `schema`.
//!
//! These types are the contract of the README and CLI: fields are only ever added under the same
//! number. They are apart from what the crate works with, so that neither binds the other.

mod diff;
mod hook;
mod verify;

use serde::Serialize;

use crate::archive::FORMAT;
use crate::command::{Listing, Row};
use crate::report::{Failure, Locked, Package, Report, Status, Warning};
use crate::store::{Soundness, Usage};

pub(crate) use diff::diff;
pub(crate) use hook::hooked;
pub(crate) use verify::verified;

/// The number of the schema.
pub(super) const SCHEMA: u32 = 1;

/// The answer of `build`.
#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    tool: Tool,
    packages: Vec<PackageRow<'a>>,
    failures: Vec<FailureRow<'a>>,
}

/// Who answers.
#[derive(Serialize)]
pub(super) struct Tool {
    /// Its name.
    pub(super) name: &'static str,
    /// Its version.
    pub(super) version: &'static str,
    format: u32,
}

/// This tool.
pub(super) const TOOL: Tool =
    Tool { name: "cargo-dofs-package", version: env!("CARGO_PKG_VERSION"), format: FORMAT };

#[derive(Serialize)]
struct PackageRow<'a> {
    name: &'a str,
    status: &'static str,
    path: &'a str,
    source_code_hash: String,
    sha256: String,
    size: u64,
    unpacked_size: u64,
    entries: u64,
    python: Option<&'a str>,
    architecture: &'a str,
    locked: bool,
    requirements: Vec<RequirementRow<'a>>,
    warnings: Vec<WarningRow<'a>>,
}

#[derive(Serialize)]
struct RequirementRow<'a> {
    name: &'a str,
    version: &'a str,
    wheel: &'a str,
    sha256: String,
}

#[derive(Serialize)]
struct WarningRow<'a> {
    code: &'static str,
    message: &'a str,
}

/// What stopped a lambda, or the run.
#[derive(Serialize)]
pub(super) struct FailureRow<'a> {
    name: Option<&'a str>,
    code: &'static str,
    message: &'a str,
    causes: &'a [String],
    hint: Option<&'a str>,
    path: Option<&'a str>,
    line: Option<u32>,
}

/// The answer of `list`.
#[derive(Serialize)]
struct ListDocument<'a> {
    schema: u32,
    tool: Tool,
    lambdas: Vec<ListRow<'a>>,
    failures: Vec<FailureRow<'a>>,
}

#[derive(Serialize)]
struct ListRow<'a> {
    name: &'a str,
    python: Option<&'a str>,
    architecture: &'a str,
    target: Vec<TargetRow<'a>>,
    kept: Vec<KeptRow<'a>>,
    left_out: Vec<LeftOutRow<'a>>,
}

#[derive(Serialize)]
struct TargetRow<'a> {
    value: &'a str,
    from: &'a str,
}

#[derive(Serialize)]
struct KeptRow<'a> {
    path: &'a str,
    from: &'a str,
}

#[derive(Serialize)]
struct LeftOutRow<'a> {
    path: &'a str,
    rule: &'a str,
}

/// The answer of `lock`.
#[derive(Serialize)]
struct LockDocument<'a> {
    schema: u32,
    tool: Tool,
    locks: Vec<LockRow<'a>>,
    failures: Vec<FailureRow<'a>>,
}

#[derive(Serialize)]
struct LockRow<'a> {
    name: &'a str,
    status: &'static str,
    path: &'a str,
    packages: u64,
    reason: Option<&'a str>,
}

/// The answer of `cache`.
#[derive(Serialize)]
struct CacheDocument<'a> {
    schema: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    directory: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    damaged: Option<&'a [String]>,
}

/// The answer of `build` as JSON.
pub(crate) fn report(report: &Report) -> String {
    document(&Document {
        schema: SCHEMA,
        tool: TOOL,
        packages: report.packages.iter().map(package).collect(),
        failures: report.failures.iter().map(failure).collect(),
    })
}

/// The answer of `list` as JSON.
pub(crate) fn listings(listings: &[Listing], failures: &[Failure]) -> String {
    document(&ListDocument {
        schema: SCHEMA,
        tool: TOOL,
        lambdas: listings.iter().map(listing).collect(),
        failures: failures.iter().map(failure).collect(),
    })
}

/// The answer of `lock` as JSON.
pub(crate) fn locks(locks: &[Locked], failures: &[Failure]) -> String {
    fn row(locked: &Locked) -> LockRow<'_> {
        let Locked { name, path, status, packages, reason } = locked;
        let (status, reason) = (status.word(), reason.as_deref());
        LockRow { name, status, path, packages: *packages, reason }
    }
    document(&LockDocument {
        schema: SCHEMA,
        tool: TOOL,
        locks: locks.iter().map(row).collect(),
        failures: failures.iter().map(failure).collect(),
    })
}

/// The answer of `cache dir` as JSON.
pub(crate) fn directory(directory: &str) -> String {
    let directory = Some(directory);
    document(&CacheDocument { schema: SCHEMA, directory, files: None, bytes: None, damaged: None })
}

/// The answer of `cache size`, `cache clean` and `cache prune` as JSON: what the store holds, or what
/// was removed.
pub(crate) fn usage(usage: Usage) -> String {
    let (files, bytes) = (Some(usage.files), Some(usage.bytes));
    document(&CacheDocument { schema: SCHEMA, directory: None, files, bytes, damaged: None })
}

/// The answer of `cache verify` as JSON.
pub(crate) fn soundness(soundness: &Soundness) -> String {
    let (files, bytes) = (Some(soundness.all.files), Some(soundness.all.bytes));
    let damaged = Some(soundness.damaged.as_slice());
    document(&CacheDocument { schema: SCHEMA, directory: None, files, bytes, damaged })
}

/// A document as one line.
pub(super) fn document(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string(value).expect("texts, numbers and lists are JSON");
    text.push('\n');
    text
}

fn listing(listing: &Listing) -> ListRow<'_> {
    let Listing { name, python, architecture, target, kept, left_out } = listing;
    let target = target.iter().map(|Row { what, why }| TargetRow { value: what, from: why });
    let kept = kept.iter().map(|Row { what, why }| KeptRow { path: what, from: why });
    let left_out = left_out.iter().map(|Row { what, why }| LeftOutRow { path: what, rule: why });
    ListRow {
        name,
        python: python.as_deref(),
        architecture,
        target: target.collect(),
        kept: kept.collect(),
        left_out: left_out.collect(),
    }
}

fn package(package: &Package) -> PackageRow<'_> {
    PackageRow {
        name: &package.name,
        status: match package.status {
            Status::Built => "built",
            Status::WouldBuild => "would-build",
        },
        path: &package.path,
        source_code_hash: package.digest.to_base64(),
        sha256: package.digest.to_hex(),
        size: package.size,
        unpacked_size: package.unpacked_size,
        entries: package.entries,
        python: package.python.as_deref(),
        architecture: &package.architecture,
        locked: package.locked,
        requirements: package
            .requirements
            .iter()
            .map(|wheel| RequirementRow {
                name: &wheel.name,
                version: &wheel.version,
                wheel: &wheel.wheel,
                sha256: wheel.digest.to_hex(),
            })
            .collect(),
        warnings: package.warnings.iter().map(warning).collect(),
    }
}

fn warning(warning: &Warning) -> WarningRow<'_> {
    WarningRow { code: warning.code, message: &warning.message }
}

/// What stopped a lambda, or the run.
pub(super) fn failure(failure: &Failure) -> FailureRow<'_> {
    FailureRow {
        name: failure.name.as_deref(),
        code: failure.code,
        message: &failure.message,
        causes: &failure.causes,
        hint: failure.hint.as_deref(),
        path: failure.place.as_ref().map(|place| place.path.as_str()),
        line: failure.place.as_ref().and_then(|place| place.line),
    }
}
