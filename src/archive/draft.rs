//! Packages that are made to be compared, and never published.
//!
//! Where a zip is already there, the package is compared with it while it is written, byte by byte,
//! and goes to a file of its own only from the first byte that differs. A package that is equal
//! costs no more than to read both, and none is compressed a second time to be compared.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

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
        let mut comparison =
            Comparison { drafts: self, old: equal_to, equal: 0, there: Vec::new(), file: None };
        let archive = write(tree, contents, &mut |bytes| {
            comparison.take(bytes);
            Ok(())
        })?;
        let draft = |file| Draft { drafts: self, file: Some(file), archive };
        Ok((archive, comparison.finish().map(|file| file.map(draft))))
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

/// Bytes of an archive as they come, beside those of a file.
struct Comparison<'a> {
    drafts: &'a Drafts,
    old: Option<&'a fs::File>,
    /// How many bytes were equal so far.
    equal: u64,
    /// The next bytes of the file; kept, for the bytes come in many pieces.
    there: Vec<u8>,
    /// Has all bytes so far, once one differed; or why it can't be written.
    file: Option<Result<TemporaryFile, Failure>>,
}

impl Comparison<'_> {
    fn take(&mut self, bytes: &[u8]) {
        if self.file.is_none() {
            if self.goes_on(bytes) {
                self.equal += bytes.len() as u64;
                return;
            }
            self.file = Some(self.differing());
        }
        if let Some(Ok(file)) = &mut self.file
            && let Err(error) = file.write_all(bytes)
        {
            self.file = Some(Err(unwritten(file.path())(error)));
        }
    }

    /// Whether the file goes on with these bytes. A file that can't be read does not; the error is
    /// reported when it is opened for the comparison.
    fn goes_on(&mut self, bytes: &[u8]) -> bool {
        let Some(old) = self.old else { return false };
        self.there.resize(bytes.len(), 0);
        old.size() - self.equal >= bytes.len() as u64
            && old.read_exact_at(&mut self.there, self.equal).is_ok()
            && self.there == bytes
    }

    /// A file that begins with the bytes that were equal. It is not synced, for after a power loss
    /// nobody needs it.
    fn differing(&self) -> Result<TemporaryFile, Failure> {
        let unused = self.drafts.unused().pop();
        let mut file = match unused {
            Some(mut file) => file.clear().map(|()| file),
            None => TemporaryFile::new_in(self.drafts.folder.path()),
        }
        .map_err(unwritable)?;
        let Some(old) = self.old else { return Ok(file) };
        let (mut chunk, mut at) = (Vec::new(), 0);
        while at < self.equal {
            chunk.resize(usize::try_from((self.equal - at).min(1 << 20)).expect("at most that"), 0);
            old.read_exact_at(&mut chunk, at)?;
            file.write_all(&chunk).map_err(unwritten(file.path()))?;
            at += chunk.len() as u64;
        }
        Ok(file)
    }

    /// The file of the draft, if the archive differs from the zip that was there.
    fn finish(mut self) -> Option<Result<TemporaryFile, Failure>> {
        match self.file.take() {
            None if self.old.is_some_and(|old| old.size() != self.equal) => Some(self.differing()),
            file => file,
        }
    }
}

/// What the disk says where a draft is written.
fn unwritten(path: &camino::Utf8Path) -> impl FnOnce(io::Error) -> Failure {
    let at = fs::Error::at("write", path);
    |error| unwritable(at(error))
}
