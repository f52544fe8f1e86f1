//! The package manifest against the packages.

use super::super::manifest;
use super::subject::{Packaged, Packages};
use super::zip::Looked;
use crate::error::Error;
use crate::manifest::Entry;
use crate::report::{Check, CheckStatus, FORMAT, Subject, Warning};
use crate::settings::Settings;

/// Compares each entry of the manifest with its package, if one is configured; beside that, a
/// warning where it is not there.
///
/// An entry of a lambda that is gone differs where all lambdas are compared: a full build would
/// remove it.
///
/// # Errors
///
/// What the disk says; a file that is no manifest.
pub(super) fn check(
    packages: &Packages,
    zips: &[Looked],
    is_all: bool,
    settings: &Settings,
) -> Result<(Vec<Check>, Option<Warning>), Error> {
    let Some(path) = &settings.manifest else { return Ok((Vec::new(), None)) };
    let read = manifest::read(settings)?;
    let warning = read.is_none().then(|| missing(&settings.shown(path)));
    let entries = read.unwrap_or_default().0;
    let mut checks = Vec::new();
    for packaged in &packages.packages {
        let name = &packaged.known.name;
        let zip = zips.iter().find(|zip| zip.name == *name);
        checks.push(compare(packaged, entries.get(name), zip, settings));
    }
    if is_all {
        let is_known = |name: &String| {
            let failed = packages.failures.iter().any(|it| it.name.as_ref() == Some(name));
            failed || packages.packages.iter().any(|it| it.known.name == *name)
        };
        let gone = entries.iter().filter(|(name, _)| !is_known(name));
        let message = "there is no such lambda: package all of them, and the entry goes";
        checks.extend(gone.map(|(name, entry)| of_no_lambda(name, entry, message.to_owned())));
    }
    Ok((checks, warning))
}

/// Told once, whatever the number of lambdas.
fn missing(path: &str) -> Warning {
    Warning {
        code: "missing-manifest",
        message: format!("there is no package manifest `{path}`"),
        place: None,
        hint: Some("run `cargo dofs-package`, and commit it".to_owned()),
    }
}

fn compare(
    packaged: &Packaged,
    entry: Option<&Entry>,
    zip: Option<&Looked>,
    settings: &Settings,
) -> Check {
    let package = &packaged.package;
    let mend = format!("run `cargo dofs-package build {}` and commit it", packaged.known.name);
    let (status, message) = match entry {
        None => (CheckStatus::Missing, format!("it has no entry: {mend}")),
        Some(entry) if entry.format != FORMAT => {
            let format = entry.format;
            let message = format!("its entry has format {format}, and this tool writes {FORMAT}");
            (CheckStatus::Differs, format!("{message}: {mend}, or install the tool that wrote it"))
        }
        Some(entry) if entry.digest != package.digest => {
            let same = zip.filter(|zip| {
                zip.digest == Some(entry.digest) && zip.check.status == CheckStatus::SameContent
            });
            match same {
                Some(_) => (
                    CheckStatus::SameContent,
                    format!("it is of a zip with the same members, packed otherwise: {mend}"),
                ),
                None => (CheckStatus::Differs, format!("it is of other contents: {mend}")),
            }
        }
        Some(entry) => {
            let expected = manifest::entry(package, settings);
            if *entry == expected {
                (CheckStatus::Ok, "it is what the sources give".to_owned())
            } else {
                let (theirs, ours) = (&entry.filename, &expected.filename);
                let message = match theirs == ours {
                    true => format!("its size is {}, not {}", entry.size, expected.size),
                    false => format!("its filename is `{theirs}`, not `{ours}`"),
                };
                (CheckStatus::Differs, format!("{message}: {mend}"))
            }
        }
    };
    Check {
        name: packaged.known.name.clone(),
        subject: Subject::Manifest,
        status,
        expected: Some(package.digest.to_base64()),
        actual: entry.map(|entry| entry.digest.to_base64()),
        address: None,
        message,
    }
}

/// An entry that outlived its lambda.
pub(in crate::command) fn of_no_lambda(name: &str, entry: &Entry, message: String) -> Check {
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
