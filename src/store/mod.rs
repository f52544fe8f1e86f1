//! The door to the store: what can be had again, kept so that it need not be.
//!
//! Wheels are blobs, named by the SHA-256 of their bytes; what was learnt is kept as records, each
//! under a key that covers all that can change it. Both appear whole, by rename. A blob is to be hashed by
//! whoever uses it: the store does not vouch for what disks do. Keys and the meaning of records
//! live with the values they are for.
//!
//! Runs share the store; only `cache clean`, `cache prune` and the removal of left-overs have it
//! alone.

mod upkeep;

use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};

use crate::digest::Sha256Digest;
use crate::fs::{self, Guard, TemporaryDirectory, TemporaryFile};
use crate::report::Failure;

pub(crate) use upkeep::{Soundness, Usage, clean, prune, usage, verify};

/// Marks the folder for backup programs, and for `cache clean` as ours.
/// Source: the Cache Directory Tagging Specification, bford.info/cachedir.
const TAG_NAME: &str = "CACHEDIR.TAG";
const TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55\n\
     # This folder is the store of cargo-dofs-package; `cargo dofs-package cache clean` empties it.\n";

/// Blobs by digest. The number is that of the strict check that each blob passed on entry.
const BLOBS: &str = "wheels-1";
/// What is on its way in.
const TEMPORARY: &str = "tmp";
/// The guard between runs.
const GUARD: &str = "lock";

/// What a record is about: its folder, with the number of its records' form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shelf(&'static str);

impl Shelf {
    /// The wheels that requirements resolve to.
    pub(crate) const RESOLUTIONS: Self = Self("resolutions-1");
    /// What the strict check learnt of a wheel.
    pub(crate) const FACTS: Self = Self("facts-1");
    /// The wheel that was built from a source.
    pub(crate) const BUILDS: Self = Self("builds-1");
    /// The requirements that another tool exported from its own lock.
    pub(crate) const EXPORTS: Self = Self("exports-1");

    const ALL: [Self; 4] = [Self::RESOLUTIONS, Self::FACTS, Self::BUILDS, Self::EXPORTS];
}

/// What the disk says of the store.
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
    /// Under `--no-cache` the store is a temporary one.
    _temporary: Option<TemporaryDirectory>,
}

impl Store {
    /// Opens the store, and makes it where there is none; waits for a run that has it alone.
    pub(crate) fn open(directory: &Utf8Path, waiting: &dyn Fn()) -> Result<Self, Error> {
        fs::create_directory(directory)?;
        mark(directory)?;
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

    /// Opens a blob, and notes that it is used; `None` where the store has none of that digest. Its
    /// bytes are unchecked.
    pub(crate) fn blob(&self, digest: Sha256Digest) -> Result<Option<fs::File>, Error> {
        let path = self.blob_path(digest);
        if fs::kind(&path)?.is_none() {
            return Ok(None);
        }
        let file = fs::open(&path)?;
        file.mark_used();
        Ok(Some(file))
    }

    /// Takes in a file of that digest, by rename; it must lie in a [`Store::scratch`].
    pub(crate) fn insert(&self, file: &Utf8Path, digest: Sha256Digest) -> Result<(), Error> {
        Ok(fs::rename(file, &self.blob_path(digest))?)
    }

    /// Copies a blob out of the store; `false` where it has none of that digest. The copy's bytes
    /// are unchecked.
    pub(crate) fn copy(&self, digest: Sha256Digest, to: &Utf8Path) -> Result<bool, Error> {
        let path = self.blob_path(digest);
        if fs::kind(&path)?.is_none() {
            return Ok(false);
        }
        fs::copy(&path, to)?;
        Ok(true)
    }

    /// Removes a blob that is not what its name says.
    pub(crate) fn remove(&self, digest: Sha256Digest) -> Result<(), Error> {
        Ok(fs::remove(&self.blob_path(digest))?)
    }

    /// Returns a record and when it was written, where there is one; a damaged one is like none.
    pub(crate) fn record(&self, shelf: Shelf, key: Sha256Digest) -> Result<Option<Record>, Error> {
        let path = self.record_path(shelf, key);
        let Some(bytes) = fs::read(&path)? else { return Ok(None) };
        let Some(text) = vouched_for(&bytes) else { return Ok(None) };
        Ok(Some((text.to_owned(), fs::open(&path)?.modified())))
    }

    /// Writes a record, in place of one that had its key.
    ///
    /// It is not synced: the digest on its first line tells a torn one from a whole one. Whoever
    /// can write to the store can also make a right one: the store is trusted like the user's own
    /// files.
    pub(crate) fn write_record(
        &self,
        shelf: Shelf,
        key: Sha256Digest,
        text: &[u8],
    ) -> Result<(), Error> {
        let path = self.record_path(shelf, key);
        let mut file = TemporaryFile::new_in(&self.directory.join(TEMPORARY))?;
        let digest = format!("{}\n", Sha256Digest::of(text).to_hex());
        let record = [digest.as_bytes(), text].concat();
        file.write_all(&record).map_err(fs::Error::at("write", &path))?;
        Ok(file.rename(&path)?)
    }

    /// Makes a folder from which files can be taken in.
    pub(crate) fn scratch(&self) -> Result<TemporaryDirectory, Error> {
        Ok(TemporaryDirectory::new_in(&self.directory.join(TEMPORARY))?)
    }

    fn blob_path(&self, digest: Sha256Digest) -> Utf8PathBuf {
        self.directory.join(BLOBS).join(digest.to_hex())
    }

    fn record_path(&self, shelf: Shelf, key: Sha256Digest) -> Utf8PathBuf {
        self.directory.join(shelf.0).join(format!("{}.json", key.to_hex()))
    }
}

/// The folders of a store.
fn parts() -> impl Iterator<Item = &'static str> {
    [BLOBS, TEMPORARY].into_iter().chain(Shelf::ALL.map(|shelf| shelf.0))
}

/// Returns what follows the first line, if that is its digest.
fn vouched_for(bytes: &[u8]) -> Option<&[u8]> {
    let (digest, text) = bytes.split_at(bytes.iter().position(|byte| *byte == b'\n')?);
    let text = &text[1..];
    let digest = std::str::from_utf8(digest).ok().and_then(Sha256Digest::from_hex)?;
    (Sha256Digest::of(text) == digest).then_some(text)
}

/// Marks a folder as a store; one that holds something else is left alone.
fn mark(directory: &Utf8Path) -> Result<(), Error> {
    if is_marked(directory)? {
        return Ok(());
    }
    for name in fs::names(directory)? {
        // Another run may be about to mark it, too.
        let is_known = name == TAG_NAME || name == GUARD || fs::is_temporary(&name);
        if !is_known && !is_marked(directory)? {
            let why = format!("it has a `{name}`, and no {TAG_NAME} of this tool");
            return Err(fs::Error::because("use as the store", directory, &why).into());
        }
    }
    Ok(fs::write_whole(&[(&directory.join(TAG_NAME), TAG.as_bytes())])?)
}

/// Whether a folder has the mark of a store.
fn is_marked(directory: &Utf8Path) -> Result<bool, Error> {
    Ok(fs::read(&directory.join(TAG_NAME))?.is_some_and(|bytes| bytes == TAG.as_bytes()))
}

/// Removes what runs that were killed have left on its way in, if no other run is on.
fn remove_left_overs(directory: &Utf8Path) -> Result<(), Error> {
    let Some(_alone) = Guard::if_free(&directory.join(GUARD))? else { return Ok(()) };
    let temporary = directory.join(TEMPORARY);
    if fs::kind(&temporary)?.is_none() {
        return Ok(());
    }
    for name in fs::names(&temporary)? {
        let path = temporary.join(name);
        match fs::kind(&path)? {
            Some(fs::Kind::Directory) => fs::remove_directory(&path)?,
            _ => fs::remove(&path)?,
        }
    }
    Ok(())
}
