//! The zips on disk against the packages.

use camino::Utf8Path;
use rayon::prelude::*;

use super::super::Context;
use super::subject::{Packaged, Packages};
use crate::archive;
use crate::digest::Sha256Digest;
use crate::error::Error;
use crate::fs::{self, TemporaryDirectory};
use crate::report::{Check, CheckStatus, DiffStatus, Difference, Subject, word};
use crate::words;

/// A zip on disk, looked at.
#[derive(Debug)]
pub(super) struct Looked {
    /// The lambda's name.
    pub(super) name: String,
    /// The digest of its bytes, where it is there.
    pub(super) digest: Option<Sha256Digest>,
    /// What came of it.
    pub(super) check: Check,
}

/// Compares each zip that is there with its package. One that is not there is missing.
///
/// # Errors
///
/// What the disk says; the store can't be opened.
pub(super) fn check(packages: &Packages, context: &Context<'_>) -> Result<Vec<Looked>, Error> {
    let drafts = TemporaryDirectory::new()?;
    let look = |packaged: &Packaged| look(packaged, drafts.path(), context);
    // All first: which error is told must not hang on who was faster.
    let looked: Vec<_> = packages.packages.par_iter().map(look).collect();
    looked.into_iter().collect()
}

fn look(packaged: &Packaged, drafts: &Utf8Path, context: &Context<'_>) -> Result<Looked, Error> {
    let (package, name) = (&packaged.package, packaged.known.name.clone());
    let check = |status, actual: Option<Sha256Digest>, message| Check {
        name: name.clone(),
        subject: Subject::Zip,
        status,
        expected: Some(package.digest.to_base64()),
        actual: actual.map(Sha256Digest::to_base64),
        address: None,
        message,
    };
    let path = &package.path;
    let Some(digest) = digest_of(packaged)? else {
        let message = format!("there is no `{path}`");
        let check = check(CheckStatus::Missing, None, message);
        return Ok(Looked { name, digest: None, check });
    };
    let (status, message) = if digest == package.digest {
        (CheckStatus::Ok, format!("`{path}` is what the sources give"))
    } else {
        compare(packaged, drafts, context)
    };
    let check = check(status, Some(digest), message);
    Ok(Looked { name, digest: Some(digest), check })
}

/// The digest of the zip, if it is there.
fn digest_of(packaged: &Packaged) -> Result<Option<Sha256Digest>, Error> {
    let zip = &packaged.known.zip;
    match fs::kind(zip)? {
        None => Ok(None),
        Some(_) => Ok(Some(archive::digest(zip)?)),
    }
}

/// What differs between the zip on disk and the package, which is written for that, elsewhere.
fn compare(packaged: &Packaged, drafts: &Utf8Path, context: &Context<'_>) -> (CheckStatus, String) {
    let (name, shown) = (&packaged.known.name, &packaged.package.path);
    let draft = drafts.join(format!("{name}.zip"));
    let tree = &context.settings.tree;
    // It was packaged a moment ago: whoever writes to its files will hear of it at the next run.
    if archive::draft(tree, &packaged.contents, &draft).is_err() {
        return (CheckStatus::Differs, format!("`{shown}` is not what the sources give"));
    }
    let compared = archive::open(&packaged.known.zip, shown)
        .and_then(|theirs| archive::compare(&theirs, &archive::open(&draft, shown)?));
    match compared {
        Ok(difference) if difference.status() != DiffStatus::Differs => {
            (CheckStatus::SameContent, same(shown, &difference))
        }
        Ok(difference) => (CheckStatus::Differs, other(shown, &difference, &see(name, context))),
        // No zip, or a broken one, is one more way to differ.
        Err(failure) => (CheckStatus::Differs, failure.message),
    }
}

fn same(shown: &str, difference: &Difference) -> String {
    let reasons: Vec<String> = difference.reasons.iter().map(word).collect();
    let reasons = reasons.join(", ");
    format!("the members of `{shown}` are equal, its bytes are not ({reasons})")
}

/// The command that shows what differs.
fn see(name: &str, context: &Context<'_>) -> String {
    let revision = context.settings.tree.commit();
    let revision = revision.map(|commit| format!(" --rev {}", &commit[..12]));
    format!("cargo dofs-package diff {name}{}", revision.unwrap_or_default())
}

fn other(shown: &str, difference: &Difference, see: &str) -> String {
    let members = words::count(difference.members.len(), "member");
    let verb = if difference.members.len() == 1 { "differs" } else { "differ" };
    let versions = match difference.requirements.len() {
        0 => String::new(),
        count => format!(", {} of another version", words::count(count, "requirement")),
    };
    format!("{members} of `{shown}` {verb}{versions}: see `{see}`")
}
