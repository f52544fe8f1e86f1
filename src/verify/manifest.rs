//! Compares the package manifest with the packages.

use super::{Disk, Facts, Findings, Package};
use crate::manifest::Entry;
use crate::report::{Check, CheckStatus, FORMAT, Subject, Warning};

/// Compares each entry of the manifest with its package, where a manifest is configured, and warns
/// where it does not exist.
///
/// Where all lambdas are compared, an entry without a lambda differs: a full build would remove it.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    let Some((path, manifest)) = facts.manifest.as_ref().filter(|_| facts.disk != Disk::Nothing)
    else {
        return;
    };
    if manifest.is_none() {
        // One warning for all lambdas.
        let message = format!("there is no package manifest `{path}`");
        let warning = Warning::new("missing-manifest", message)
            .hint("run `cargo dofs-package`, and commit it");
        findings.warnings.push((None, warning));
    }
    let entry = |name: &str| manifest.as_ref().and_then(|manifest| manifest.0.get(name));
    for package in facts.packages {
        findings.checks.push(compare(package, entry(package.name()), facts));
    }
    let is_absent = |name: &str| facts.absent.iter().any(|absent| absent == name);
    let is_known = |name: &str| {
        facts.failed.contains(&name) || facts.package(name).is_some() || is_absent(name)
    };
    let all = manifest.iter().flat_map(|manifest| &manifest.0).filter(|_| facts.is_all);
    for (name, entry) in all.filter(|(name, _)| !is_known(name)) {
        let message = "there is no such lambda: package all of them, and the entry goes";
        findings.checks.push(of_no_lambda(name, entry, message.to_owned()));
    }
}

fn compare(package: &Package, entry: Option<&Entry>, facts: &Facts<'_>) -> Check {
    let fix = format!("run `cargo dofs-package build {}` and commit it", package.name());
    let is_its_zip = |entry: &Entry| {
        let mut zips = facts.zips.iter().filter(|zip| zip.name == package.name());
        zips.any(|zip| zip.digest == Some(entry.digest) && zip.has_same_content())
    };
    let expected = &package.entry;
    let (status, message) = match entry {
        None => (CheckStatus::Missing, format!("it has no entry: {fix}")),
        Some(Entry { format, .. }) if *format != FORMAT => {
            let message = format!(
                "its entry has format {format}, and this tool writes {FORMAT}: {fix}, or install \
                 the tool that wrote it"
            );
            (CheckStatus::Differs, message)
        }
        Some(entry) if entry == expected => {
            (CheckStatus::Ok, "it is what the sources give".to_owned())
        }
        Some(entry) if entry.digest != expected.digest && is_its_zip(entry) => {
            let message = "it is of a zip with the same members, packed otherwise";
            (CheckStatus::SameContent, format!("{message}: {fix}"))
        }
        Some(Entry { filename, digest, size, .. }) => {
            let what = match () {
                () if *digest != expected.digest => "it is of other contents".to_owned(),
                () if *filename == expected.filename => {
                    format!("its size is {size}, not {}", expected.size)
                }
                () => format!("its filename is `{filename}`, not `{}`", expected.filename),
            };
            (CheckStatus::Differs, format!("{what}: {fix}"))
        }
    };
    let actual = entry.map(|entry| entry.digest.to_base64());
    Check { actual, ..package.check(Subject::Manifest, status, message) }
}

/// An entry that outlived its lambda.
pub(crate) fn of_no_lambda(name: &str, entry: &Entry, message: String) -> Check {
    Check {
        name: name.to_owned(),
        subject: Subject::Manifest,
        status: CheckStatus::Differs,
        expected: None,
        actual: Some(entry.digest.to_base64()),
        address: None,
        message,
    }
}
