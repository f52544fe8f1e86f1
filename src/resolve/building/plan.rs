//! What is to be built, and the line that names it to pip.

use camino::Utf8Path;

use super::version;
use crate::address;
use crate::address::without_user;
use crate::digest::Sha256Digest;
use crate::fs;
use crate::origin::{File, Origin};
use crate::report::Place;
use crate::requirements::{ProjectFile, project_files};
use crate::resolve::error::replaced;
use crate::resolve::{Context, Error};

pub(super) struct Plan {
    /// The key under which the wheel is kept: the same source has the same on every machine.
    pub(super) identity: String,
    /// How messages call it.
    pub(super) what: String,
    pub(super) place: Place,
    /// What it is built from.
    pub(super) origin: Origin,
    /// The line for pip; none for a folder, since a copy of it is built.
    pub(super) line: Option<String>,
    /// The version that the build of a folder is told, where its own is in git.
    pub(super) version: Option<String>,
}

impl Plan {
    /// Plans the build of a folder, of a commit, or of an archive that is one of the project's own
    /// files.
    pub(super) fn new(
        origin: Origin,
        what: String,
        place: Place,
        context: Context<'_>,
    ) -> Result<Self, Error> {
        let (identity, line) = match &origin {
            Origin::Directory(directory) => {
                let digest = directory.digest.expect("the folder was read");
                (format!("directory {digest:?}"), None)
            }
            Origin::Vcs(vcs) => {
                let repository = with_user(&origin, context);
                let commit = vcs.commit.as_deref().expect("the repository was asked");
                let fragment = fragment(vcs.subdirectory.as_deref());
                let identity = format!("git {}@{commit}{fragment}", without_user(repository));
                (identity, Some(format!("git+{repository}@{commit}{fragment}")))
            }
            Origin::Wheel(_) | Origin::Sdist(_) | Origin::Archive { .. } => {
                let File { name, path, digest, .. } = origin.file().expect("these are files");
                let path = path.as_deref().unwrap_or(Utf8Path::new(name));
                if Some(Sha256Digest::of(&context.tree.read_found(path)?)) != *digest {
                    return Err(replaced(name).into());
                }
                let line = address::of_file(&context.tree.absolute(path));
                (archive_identity(&origin), Some(line + &fragment(subdirectory(&origin))))
            }
        };
        Ok(Self { identity, what, place, origin, line, version: None })
    }

    /// Tells the build of a folder its version, if that is in git; another version gives another
    /// wheel.
    pub(super) fn versioned(
        mut self,
        name: Option<&str>,
        context: Context<'_>,
    ) -> Result<Self, Error> {
        if let Origin::Directory(directory) = &self.origin {
            self.version = version::pretended(&directory.path, name, context)?;
        }
        if let Some(version) = &self.version {
            self.identity += &format!(" as {version}");
        }
        Ok(self)
    }

    /// Demands hashes. pip compares them, so they are in the key: a wheel that was built without
    /// this comparison is built anew.
    pub(super) fn demand(mut self, hashes: &[String]) -> Self {
        for hash in hashes {
            self.identity += &format!(" {hash}");
            self.line = self.line.map(|line| format!("{line} {hash}"));
        }
        self
    }
}

/// The key under which the wheel of an archive is kept.
pub(super) fn archive_identity(origin: &Origin) -> String {
    let digest = origin.file().and_then(|file| file.digest).expect("the file was read");
    format!("archive {digest:?}{}", fragment(subdirectory(origin)))
}

/// The project's folder in an archive.
fn subdirectory(origin: &Origin) -> Option<&str> {
    match origin {
        Origin::Archive { subdirectory, .. } => subdirectory.as_deref(),
        Origin::Wheel(_) | Origin::Sdist(_) | Origin::Vcs(_) | Origin::Directory(_) => None,
    }
}

/// The part of an address that names the project's folder in an archive or a repository ("VCS
/// Support" in pip's documentation).
pub(super) fn fragment(subdirectory: Option<&str>) -> String {
    subdirectory.map_or_else(String::new, |folder| format!("#subdirectory={folder}"))
}

/// The address of a repository as a line has it: with its user and password.
fn with_user<'a>(origin: &'a Origin, context: Context<'a>) -> &'a str {
    let known = origin.repository().unwrap_or_default();
    let mut all = context.request.origins().filter_map(Origin::repository);
    let is_it = |own: &&str| context.concealed(&address::plain(own)) == known;
    all.find(is_it).unwrap_or(known)
}

/// Copies the files that the digest of a project's folder covers, and no others, so that a build
/// leaves nothing in it.
pub(super) fn export(
    context: Context<'_>,
    project: &Utf8Path,
    place: &Place,
    folder: &Utf8Path,
) -> Result<(), Error> {
    for ProjectFile { path, executable } in project_files(context.tree, project, place)? {
        let bytes = context.tree.read_found(&project.join(&path))?;
        let copy = folder.join(&path);
        fs::create_directory(copy.parent().unwrap_or(folder))?;
        fs::write(&copy, &bytes)?;
        if executable {
            fs::make_executable(&copy)?;
        }
    }
    Ok(())
}
