//! Compares the zips on disk with the packages.

use camino::Utf8Path;

use super::{Disk, Facts, Findings, Package};
use crate::archive::{self, Archive, Drafts};
use crate::contents::Contents;
use crate::digest::Sha256Digest;
use crate::fs;
use crate::report::{Check, CheckStatus, DiffStatus, Difference, Failure, Subject, word};
use crate::terraform::{Function, other_file};
use crate::tree::Tree;
use crate::words;

/// The zip of a package, as it is on disk.
#[derive(Debug)]
pub(crate) struct Zip {
    /// The lambda's name.
    pub(crate) name: String,
    /// Of its bytes; none where it does not exist.
    pub(crate) digest: Option<Sha256Digest>,
    /// The differences, where there are some; or why they are not known, as a sentence.
    pub(super) difference: Option<Result<Difference, String>>,
}

impl Zip {
    pub(super) fn has_same_content(&self) -> bool {
        matches!(&self.difference, Some(Ok(it)) if it.status() != DiffStatus::Differs)
    }
}

/// Where the zip of a package is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The lambda's name.
    pub(crate) name: &'a str,
    /// Absolute.
    pub(crate) path: &'a Utf8Path,
    /// Relative to the root.
    pub(crate) shown: &'a str,
}

/// Makes the archive of a lambda, and compares it with the zip on disk.
///
/// # Errors
///
/// The outer one is of the sources; the inner one, beside the archive, is of the zip on disk.
pub(crate) fn read_zip(
    Place { name, path, shown }: Place<'_>,
    contents: &Contents,
    drafts: &Drafts,
    tree: &Tree,
) -> Result<(Archive, Result<Zip, Failure>), Failure> {
    let zip = |digest, difference| Zip { name: name.to_owned(), digest, difference };
    let file = fs::kind(path).and_then(|kind| kind.map(|_| archive::open_file(path)).transpose());
    match file {
        Ok(Some(file)) => {
            let (archive, found) = compare(file, shown, contents, drafts, tree)?;
            let found = found.map(|(digest, difference)| zip(Some(digest), difference));
            Ok((archive, found.map_err(Failure::from)))
        }
        Ok(None) => Ok((archive::hash(tree, contents)?, Ok(zip(None, None)))),
        Err(error) => Ok((archive::hash(tree, contents)?, Err(error.into()))),
    }
}

/// The digest of a zip, and what differs in it, as in [`Zip`].
type Found = (Sha256Digest, Option<Result<Difference, String>>);

/// Makes the archive of a lambda, and compares it with an open zip; the errors are those of
/// [`read_zip`].
fn compare(
    file: fs::File,
    shown: &str,
    contents: &Contents,
    drafts: &Drafts,
    tree: &Tree,
) -> Result<(Archive, Result<Found, fs::Error>), Failure> {
    let (archive, draft) = drafts.write(tree, contents, Some(&file))?;
    let Some(draft) = draft else { return Ok((archive, Ok((archive.digest, None)))) };
    let digest = match file.digest() {
        Ok(digest) => digest,
        Err(error) => return Ok((archive, Err(error))),
    };
    if digest == archive.digest {
        // Another run put its own zip in this one's place meanwhile.
        return Ok((archive, Ok((digest, None))));
    }
    let difference = match draft {
        // A file that is no zip, or a broken one, differs too.
        Ok(draft) => archive::read(file, digest, shown)
            .and_then(|theirs| archive::compare(&theirs, &draft.open(shown)?))
            .map_err(|failure| failure.message),
        // What differs is not known, but that it does is.
        Err(_) => Err(format!("`{shown}` is not what the sources give")),
    };
    Ok((archive, Ok((digest, Some(difference)))))
}

/// Compares each zip on disk with its package. One that does not exist is missing, unless its
/// lambda has an entry in the package manifest: then Terraform need not have the zip.
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
        findings.checks.extend(other_files(package));
    }
}

/// The functions of a package, by the `*.tf` files, that are made of another file: it was matched by
/// its name, and whatever is packaged, Terraform goes on to deploy that file.
fn other_files(package: &Package) -> Vec<Check> {
    let own = Utf8Path::new(&package.made.path);
    let check = |function: &Function| {
        let other = other_file(function, own)?;
        let message = format!(
            "`{}` is made of `{other}`, and the package is `{own}`: Terraform does not deploy it",
            function.address
        );
        let address = function.place.as_ref().map(ToString::to_string);
        let actual = Some(other.to_string());
        let check = package.check(Subject::Zip, CheckStatus::Differs, message);
        Some(Check { expected: Some(own.to_string()), actual, address, ..check })
    };
    let mut checks: Vec<Check> = Vec::new();
    for check in package.functions.iter().filter_map(check) {
        // A function may have several roots.
        if !checks.iter().any(|other| other.address == check.address) {
            checks.push(check);
        }
    }
    checks
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::TemporaryDirectory;

    #[test]
    fn a_zip_whose_place_another_takes_is_what_it_was_when_it_was_opened() {
        let folder = TemporaryDirectory::new().unwrap();
        let tree = Tree::new(folder.path()).unwrap();
        let (contents, drafts) = (Contents::default(), Drafts::new().unwrap());
        let path = folder.path().join("one.zip");
        let (archive, staged) = archive::stage(&tree, &contents, &path, false).unwrap();
        archive::publish(&tree, staged.into_iter().collect());
        let file = archive::open_file(&path).unwrap();
        let other = folder.path().join("other.zip");
        fs::write(&other, b"another").unwrap();
        fs::rename(&other, &path).unwrap();
        let (_, found) = compare(file, "one.zip", &contents, &drafts, &tree).unwrap();
        let (digest, difference) = found.unwrap();
        assert_eq!(digest, archive.digest);
        assert!(difference.is_none(), "{difference:?}");
    }
}
