//! The door to the store: a cache of wheels, and of what was learnt about them.
//!
//! Wheels are blobs, named by the SHA-256 of their bytes. What was learnt is kept as records, each
//! under a key that covers everything that can change it. Both appear whole, by rename. Whoever
//! uses a blob must hash it: the store does not protect from a failing disk. The rooms that write
//! records define their keys and what they mean.
//!
//! Runs share the store; only `cache clean`, `cache prune` and the removal of what killed runs left
//! take it alone.

mod upkeep;

use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};

use crate::digest::Sha256Digest;
use crate::fs::{self, Guard, TemporaryDirectory, TemporaryFile};
use crate::report::Failure;

pub(crate) use upkeep::{Limits, Soundness, Usage, clean, prune, usage, verify};

/// Marks the folder for backup programs, and for `cache clean` as ours.
/// Source: the Cache Directory Tagging Specification, bford.info/cachedir.
pub(crate) const TAG_NAME: &str = "CACHEDIR.TAG";
/// What stands in it.
pub(crate) const TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55\n\
     # This folder is the store of cargo-dofs-package; `cargo dofs-package cache clean` empties it.\n";

/// Blobs by digest. The number changes with the strict check that each blob has passed: a blob that
/// passed an older one is not used.
const BLOBS: &str = "wheels-1";
/// Files that are being written; in the store's own folder, so that a rename can move them.
const TEMPORARY: &str = "tmp";
/// The guard between runs.
const GUARD: &str = "lock";

/// A kind of record: the name of its folder, with the version of its format.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecordKind(&'static str);

impl RecordKind {
    /// The wheels that requirements resolve to.
    pub(crate) const RESOLUTIONS: Self = Self("resolutions-1");
    /// What the strict check learnt about a wheel.
    pub(crate) const FACTS: Self = Self("facts-1");
    /// The wheel that was built from a source.
    pub(crate) const BUILDS: Self = Self("builds-1");
    /// The modules of a package whose imports were all found. Where the check finds more, and the
    /// version of this tool stays, the number changes.
    pub(crate) const IMPORTS: Self = Self("imports-1");

    const ALL: [Self; 4] = [Self::RESOLUTIONS, Self::FACTS, Self::BUILDS, Self::IMPORTS];
}

/// An error of the disk in the store.
#[derive(Debug)]
pub(crate) struct Error(pub(crate) fs::Error);

impl From<fs::Error> for Error {
    fn from(error: fs::Error) -> Self {
        Self(error)
    }
}

impl From<Error> for Failure {
    fn from(Error(error): Error) -> Self {
        Self::input("store", error.to_string())
            .because(&error.source)
            .hint("set `DOFS_PACKAGE_CACHE_DIR` to a folder of its own that you can write to")
    }
}

/// The bytes of a record, and when it was written.
type Record = (Vec<u8>, Option<SystemTime>);

/// The store, shared with other runs for as long as this lives.
#[derive(Debug)]
pub(crate) struct Store {
    directory: Utf8PathBuf,
    /// Keeps `cache clean` away.
    _guard: Guard,
    /// The store's folder under `--no-cache`, removed at the end.
    _temporary: Option<TemporaryDirectory>,
}

impl Store {
    /// Opens the store, or makes it; waits for a run that has it alone.
    pub(crate) fn open(directory: &Utf8Path, waiting: &dyn Fn()) -> Result<Self, Error> {
        fs::create_directory(directory)?;
        mark(directory)?;
        // Before this run shares the guard: only a run that has it alone may remove files.
        remove_left_overs(directory)?;
        let guard = Guard::shared(&directory.join(GUARD), waiting)?;
        for part in parts() {
            fs::create_directory(&directory.join(part))?;
        }
        Ok(Self { directory: directory.to_owned(), _guard: guard, _temporary: None })
    }

    /// Makes a store that ends with the run.
    pub(crate) fn temporary() -> Result<Self, Error> {
        let temporary = TemporaryDirectory::new()?;
        let store = Self::open(temporary.path(), &|| {})?;
        Ok(Self { _temporary: Some(temporary), ..store })
    }

    /// Opens a blob, and marks it as used; `None` where the store has none of that digest. Its
    /// bytes are not checked.
    pub(crate) fn blob(&self, digest: Sha256Digest) -> Result<Option<fs::File>, Error> {
        let path = self.blob_path(digest);
        if fs::kind(&path)?.is_none() {
            return Ok(None);
        }
        let file = fs::open(&path)?;
        file.mark_used();
        Ok(Some(file))
    }

    /// Takes in a file of that digest, by rename; it must be in a folder of [`Store::scratch`].
    pub(crate) fn insert(&self, file: &Utf8Path, digest: Sha256Digest) -> Result<(), Error> {
        Ok(fs::rename(file, &self.blob_path(digest))?)
    }

    /// Copies a blob out of the store; `false` where it has none of that digest. The bytes are not
    /// checked.
    pub(crate) fn copy(&self, digest: Sha256Digest, to: &Utf8Path) -> Result<bool, Error> {
        let path = self.blob_path(digest);
        if fs::kind(&path)?.is_none() {
            return Ok(false);
        }
        fs::copy(&path, to)?;
        Ok(true)
    }

    /// Removes a damaged blob.
    pub(crate) fn remove(&self, digest: Sha256Digest) -> Result<(), Error> {
        Ok(fs::remove(&self.blob_path(digest))?)
    }

    /// Returns a record and when it was written; `None` where there is none, or a damaged one.
    pub(crate) fn record(
        &self,
        kind: RecordKind,
        key: Sha256Digest,
    ) -> Result<Option<Record>, Error> {
        let path = self.record_path(kind, key);
        let Some(bytes) = fs::read(&path)? else { return Ok(None) };
        let Some(text) = undamaged(&bytes) else { return Ok(None) };
        Ok(Some((text.to_owned(), fs::open(&path)?.modified())))
    }

    /// Writes a record, and replaces one with the same key.
    ///
    /// It is not synced: after a power loss, the digest on its first line shows whether it is
    /// whole. The digest does not protect from somebody who can write to the store, which is
    /// trusted like the user's own files.
    pub(crate) fn write_record(
        &self,
        kind: RecordKind,
        key: Sha256Digest,
        text: &[u8],
    ) -> Result<(), Error> {
        let path = self.record_path(kind, key);
        let mut file = TemporaryFile::new_in(&self.directory.join(TEMPORARY))?;
        let digest = format!("{}\n", Sha256Digest::of(text).to_hex());
        let record = [digest.as_bytes(), text].concat();
        file.write_all(&record).map_err(fs::Error::at("write", &path))?;
        Ok(file.rename(&path)?)
    }

    /// Makes a folder for files that [`Store::insert`] will take in.
    pub(crate) fn scratch(&self) -> Result<TemporaryDirectory, Error> {
        Ok(TemporaryDirectory::new_in(&self.directory.join(TEMPORARY))?)
    }

    fn blob_path(&self, digest: Sha256Digest) -> Utf8PathBuf {
        self.directory.join(BLOBS).join(digest.to_hex())
    }

    fn record_path(&self, kind: RecordKind, key: Sha256Digest) -> Utf8PathBuf {
        self.directory.join(kind.0).join(format!("{}.json", key.to_hex()))
    }
}

/// The folders of a store.
fn parts() -> impl Iterator<Item = &'static str> {
    [BLOBS, TEMPORARY].into_iter().chain(RecordKind::ALL.map(|kind| kind.0))
}

/// Returns what follows the first line, if that line is its digest.
fn undamaged(bytes: &[u8]) -> Option<&[u8]> {
    let (digest, text) = bytes.split_at(bytes.iter().position(|byte| *byte == b'\n')?);
    let text = &text[1..];
    let digest = std::str::from_utf8(digest).ok().and_then(Sha256Digest::from_hex)?;
    (Sha256Digest::of(text) == digest).then_some(text)
}

/// Marks a folder as a store. A folder with anything else in it is an error: files are removed from
/// a store, and a variable may name the wrong folder.
fn mark(directory: &Utf8Path) -> Result<(), Error> {
    if is_marked(directory)? {
        return Ok(());
    }
    // Another run may be about to mark it, too.
    let is_new = |name: &String| name == TAG_NAME || name == GUARD || fs::is_temporary(name);
    if let Some(name) = fs::names(directory)?.into_iter().find(|name| !is_new(name))
        && !is_store(directory)?
    {
        let why = format!("it has a `{name}`, and no {TAG_NAME} of this tool");
        return Err(fs::Error::because("use as the store", directory, &why).into());
    }
    Ok(fs::write_whole(&[(&directory.join(TAG_NAME), TAG.as_bytes())])?)
}

/// Whether a folder has the mark of a store.
fn is_marked(directory: &Utf8Path) -> Result<bool, Error> {
    Ok(fs::read(&directory.join(TAG_NAME))?.is_some_and(|bytes| bytes == TAG.as_bytes()))
}

/// Whether a folder is a store: it has the mark, or has lost it, and has what a store has, and nothing
/// else.
fn is_store(directory: &Utf8Path) -> Result<bool, Error> {
    if is_marked(directory)? {
        return Ok(true);
    }
    let names = fs::names(directory)?;
    let is_ours = |name: &String| {
        name == TAG_NAME || name == GUARD || fs::is_temporary(name) || parts().any(|it| it == name)
    };
    let has = |name: &str| names.iter().any(|it| it == name);
    Ok(names.iter().all(is_ours) && has(BLOBS) && has(GUARD))
}

/// Removes what killed runs left in the folder for temporary files, if no other run uses the store.
fn remove_left_overs(directory: &Utf8Path) -> Result<(), Error> {
    let Some(_alone) = Guard::if_free(&directory.join(GUARD))? else { return Ok(()) };
    let temporary = directory.join(TEMPORARY);
    if fs::kind(&temporary)?.is_none() {
        return Ok(());
    }
    for name in fs::names(&temporary)? {
        let path = temporary.join(name);
        // What can't be removed is in nobody's way: a program that a killed run has started may still
        // write there.
        drop(match fs::kind(&path)? {
            Some(fs::Kind::Directory) => fs::remove_directory(&path),
            _ => fs::remove(&path),
        });
    }
    Ok(())
}
