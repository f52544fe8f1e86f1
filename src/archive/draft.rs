//! Packages that are made to be compared, and never published.
//!
//! Where a zip is already there, the package goes to a file of its own only from the first byte that
//! differs; see [`super::beside`].

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::beside::{Beside, Destination};
use super::read::{Zip, read};
use super::{Archive, unwritable, write};
use crate::contents::Contents;
use crate::fs::{self, TemporaryDirectory, TemporaryFile};
use crate::report::Failure;
use crate::tree::Tree;

/// The files of drafts, in a folder that only this run uses.
#[derive(Debug)]
pub(crate) struct Drafts {
    folder: TemporaryDirectory,
    /// One draft after the other takes the same file: a file system that has just removed many
    /// looks long for room to make another (`recently_deleted` of ext4).
    unused: Mutex<Vec<TemporaryFile>>,
}

/// An archive in a file of its own.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    drafts: &'a Drafts,
    /// Taken when it is dropped.
    file: Option<TemporaryFile>,
    archive: Archive,
}

impl Drafts {
    pub(crate) fn new() -> Result<Self, Failure> {
        Ok(Self { folder: TemporaryDirectory::new()?, unused: Mutex::default() })
    }

    /// Makes an archive, and beside it a draft where it differs from a file, or there is none. A
    /// draft that can't be written is an error of its own: the archive is what it is.
    pub(crate) fn write(
        &self,
        tree: &Tree,
        contents: &Contents,
        equal_to: Option<&fs::File>,
    ) -> Result<(Archive, Option<Result<Draft<'_>, Failure>>), Failure> {
        let make = || self.unused_file();
        let unwritten = |error| unwritable(fs::Error::at("write", self.folder.path())(error));
        let destination = Destination { make: &make, unwritten: &unwritten };
        let mut beside = Beside::new(equal_to, Some(destination));
        let archive = write(tree, contents, &mut beside)?;
        let draft = |file| Draft { drafts: self, file: Some(file), archive };
        Ok((archive, beside.finish(&|| false).1.map(|file| file.map(draft))))
    }

    /// A file without bytes. It is not synced, for after a power loss nobody needs it.
    fn unused_file(&self) -> Result<TemporaryFile, Failure> {
        let unused = self.unused().pop();
        match unused {
            Some(mut file) => file.clear().map(|()| file),
            None => TemporaryFile::new_in(self.folder.path()),
        }
        .map_err(unwritable)
    }

    fn unused(&self) -> MutexGuard<'_, Vec<TemporaryFile>> {
        self.unused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Draft<'_> {
    /// Opens it, to be compared; `shown` is what errors call it.
    pub(crate) fn open(&self, shown: &str) -> Result<Zip, Failure> {
        let file = self.file.as_ref().expect("it is taken when the draft is dropped");
        let mut zip = read(fs::open(file.path())?, self.archive.digest, shown)?;
        zip.is_ours = true;
        Ok(zip)
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        self.drafts.unused().extend(self.file.take());
    }
}
