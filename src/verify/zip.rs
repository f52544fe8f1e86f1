//! The zips on disk against the packages.

use camino::Utf8Path;
use rayon::prelude::*;

use super::{Disk, Facts, Findings, Package};
use crate::archive;
use crate::digest::Sha256Digest;
use crate::fs::{self, TemporaryDirectory, TemporaryFile};
use crate::report::{Check, CheckStatus, DiffStatus, Difference, Failure, Subject, word};
use crate::tree::Tree;
use crate::words;

/// The zip of a package, as it is on disk.
#[derive(Debug)]
pub(crate) struct Zip {
    /// The lambda's name.
    pub(crate) name: String,
    /// Of its bytes; none where it is not there.
    pub(crate) digest: Option<Sha256Digest>,
    /// What differs, where something does; or why that is not known, as a sentence.
    pub(super) difference: Option<Result<Difference, String>>,
}

impl Zip {
    pub(super) fn has_same_content(&self) -> bool {
        matches!(&self.difference, Some(Ok(it)) if it.status() != DiffStatus::Differs)
    }
}

/// Looks at the zip of each package, in their order. What differs is compared with the package,
/// which is written for that, elsewhere.
pub(crate) fn read_zips(packages: &[Package], tree: &Tree) -> Result<Vec<Zip>, Failure> {
    let drafts = TemporaryDirectory::new()?;
    // One draft after the other takes the same file: a file system that has just removed many
    // looks long for room to make another (`recently_deleted` of ext4).
    let read = |draft: &mut Option<_>, package: &_| read(package, drafts.path(), draft, tree);
    // All first: which error is told must not hang on who was faster.
    let zips: Vec<_> = packages.par_iter().map_init(|| None, read).collect();
    zips.into_iter().collect()
}

fn read(
    package: &Package,
    drafts: &Utf8Path,
    draft: &mut Option<TemporaryFile>,
    tree: &Tree,
) -> Result<Zip, Failure> {
    let name = package.name().to_owned();
    if fs::kind(&package.zip)?.is_none() {
        return Ok(Zip { name, digest: None, difference: None });
    }
    let digest = archive::digest(&package.zip)?;
    let difference = match digest != package.made.digest {
        true => {
            let draft = match draft {
                Some(draft) => draft,
                none => none.insert(TemporaryFile::new_in(drafts)?),
            };
            Some(compare(package, draft, tree))
        }
        false => None,
    };
    Ok(Zip { name, digest: Some(digest), difference })
}

fn compare(
    package: &Package,
    draft: &mut TemporaryFile,
    tree: &Tree,
) -> Result<Difference, String> {
    let shown = &package.made.path;
    // It was packaged a moment ago: whoever writes to its files will hear of it at the next run.
    archive::draft(tree, &package.contents, draft)
        .map_err(|_| format!("`{shown}` is not what the sources give"))?;
    // No zip, or a broken one, is one more way to differ.
    archive::open(&package.zip, shown)
        .and_then(|theirs| archive::compare(&theirs, &archive::open(draft.path(), shown)?))
        .map_err(|failure| failure.message)
}

/// Compares each zip that is there with its package. One that is not there is missing, unless the
/// package manifest stands for it.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    if facts.disk != Disk::ManifestAndZips {
        return;
    }
    let manifest = facts.manifest.as_ref().and_then(|(_, manifest)| manifest.as_ref());
    for (package, zip) in facts.packages.iter().zip(&facts.zips) {
        let stands = manifest.is_some_and(|manifest| manifest.0.contains_key(package.name()));
        if zip.digest.is_some() || !stands {
            findings.checks.push(check_zip(package, zip, facts.commit));
        }
    }
}

fn check_zip(package: &Package, zip: &Zip, commit: Option<&str>) -> Check {
    let path = &package.made.path;
    let (status, message) = match (&zip.difference, zip.digest) {
        (_, None) => (CheckStatus::Missing, format!("there is no `{path}`")),
        (None, Some(_)) => (CheckStatus::Ok, format!("`{path}` is what the sources give")),
        (Some(Err(message)), _) => (CheckStatus::Differs, message.clone()),
        (Some(Ok(difference)), _) if zip.has_same_content() => {
            (CheckStatus::SameContent, same(path, difference))
        }
        (Some(Ok(difference)), _) => {
            (CheckStatus::Differs, other(path, difference, &see(package.name(), commit)))
        }
    };
    let actual = zip.digest.map(Sha256Digest::to_base64);
    Check { actual, ..package.check(Subject::Zip, status, message) }
}

fn same(shown: &str, difference: &Difference) -> String {
    let reasons: Vec<String> = difference.reasons.iter().map(word).collect();
    let reasons = reasons.join(", ");
    format!("the members of `{shown}` are equal, its bytes are not ({reasons})")
}

/// The command that shows what differs.
fn see(name: &str, commit: Option<&str>) -> String {
    let revision = commit.map(|commit| format!(" --rev {}", &commit[..12]));
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
