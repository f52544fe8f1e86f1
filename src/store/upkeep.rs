//! What the command `cache` does with a store: counts, empties, prunes and verifies it.
//!
//! The modification time of a blob says when it was last used, to the hour; [`super::Store::blob`]
//! sets it. Pruning removes blobs and no records: these are small, and as long as the store knows
//! what requirements resolved to, a missing wheel is fetched again in the same version.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;

use super::{BLOBS, Error, GUARD, RecordKind, TAG_NAME, is_store, parts, undamaged};
use crate::digest::Sha256Digest;
use crate::fs::{self, Guard, Kind, Step};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Usage {
    pub(crate) files: u64,
    /// Bytes in them.
    pub(crate) bytes: u64,
}

impl Usage {
    fn add(&mut self, size: u64) {
        self.files += 1;
        self.bytes += size;
    }
}

/// The result of hashing all blobs and records.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Soundness {
    pub(crate) all: Usage,
    /// The blobs whose digest is another, by their names, and the records, by their paths in the store;
    /// each sorted.
    pub(crate) damaged: Vec<String>,
}

/// Counts the files of the store and their bytes; both are 0 where there is no store.
pub(crate) fn usage(directory: &Utf8Path) -> Result<Usage, Error> {
    let mut usage = Usage::default();
    for part in parts() {
        let part = directory.join(part);
        if fs::kind(&part)?.is_none() {
            continue;
        }
        fs::walk::<fs::Error>(&part, &mut |error, _| Err(error), &mut |_, kind| {
            if let Kind::File { size, .. } = kind {
                usage.add(size);
            }
            Ok(Step::On)
        })?;
    }
    Ok(usage)
}

/// Empties the store, once no other run uses it, and returns what it held.
///
/// Removes only the folders that a store makes, and only beside the mark of a store: a variable may
/// name the home folder by mistake.
pub(crate) fn clean(directory: &Utf8Path, waiting: &dyn Fn()) -> Result<Usage, Error> {
    if fs::kind(directory)?.is_none() || fs::list(directory)?.is_empty() {
        return Ok(Usage::default());
    }
    let _alone = alone("empty", directory, waiting)?;
    let held = usage(directory)?;
    for part in parts() {
        fs::remove_directory(&directory.join(part))?;
    }
    Ok(held)
}

/// What is pruned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Blobs that no run has used for so long.
    pub(crate) unused: Option<Duration>,
    /// The least recently used ones, until those that stay have at most so many bytes.
    pub(crate) bytes: Option<u64>,
}

/// Removes blobs, once no other run uses the store; returns how many they were.
pub(crate) fn prune(
    directory: &Utf8Path,
    limits: Limits,
    waiting: &dyn Fn(),
) -> Result<Usage, Error> {
    let mut removed = Usage::default();
    if fs::kind(&directory.join(BLOBS))?.is_none() {
        return Ok(removed);
    }
    let _alone = alone("prune", directory, waiting)?;
    let mut blobs = blobs(directory)?
        .into_iter()
        .map(|(path, size)| {
            // Where the disk has no time, or one in the future, the blob counts as used just now.
            let age = fs::open(&path)?.modified().and_then(|time| time.elapsed().ok());
            Ok((age.unwrap_or_default(), path, size))
        })
        .collect::<Result<Vec<_>, Error>>()?;
    blobs.sort();
    let mut kept = 0;
    for (age, path, size) in blobs {
        let is_old = limits.unused.is_some_and(|unused| age >= unused);
        let is_too_much = limits.bytes.is_some_and(|bytes| kept + size > bytes);
        if is_old || is_too_much {
            fs::remove(&path)?;
            removed.add(size);
        } else {
            kept += size;
        }
    }
    Ok(removed)
}

/// Hashes every blob and record while other runs may use the store, too; finds nothing where there is
/// no store.
pub(crate) fn verify(directory: &Utf8Path, waiting: &dyn Fn()) -> Result<Soundness, Error> {
    let mut soundness = Soundness::default();
    if fs::kind(&directory.join(BLOBS))?.is_none() || !is_store(directory)? {
        return Ok(soundness);
    }
    let _shared = Guard::shared(&directory.join(GUARD), waiting)?;
    let blobs = blobs(directory)?;
    blobs.iter().for_each(|(_, size)| soundness.all.add(*size));
    let looked: Vec<_> = blobs.par_iter().map(|(path, _)| damaged(path)).collect();
    for damaged in looked {
        soundness.damaged.extend(damaged?);
    }
    for RecordKind(kind) in RecordKind::ALL {
        for (path, size) in files(&directory.join(kind))? {
            soundness.all.add(size);
            if fs::read(&path)?.is_some_and(|bytes| undamaged(&bytes).is_none()) {
                let name = path.file_name().unwrap_or_default();
                soundness.damaged.push(format!("{kind}/{name}"));
            }
        }
    }
    Ok(soundness)
}

/// Takes the store alone. A folder without the mark is an error: nothing may be removed from it.
fn alone(action: &'static str, directory: &Utf8Path, waiting: &dyn Fn()) -> Result<Guard, Error> {
    if !is_store(directory)? {
        let why = format!("it has no {TAG_NAME} of this tool, so it is no store");
        return Err(fs::Error::because(action, directory, &why).into());
    }
    Ok(Guard::exclusive(&directory.join(GUARD), waiting)?)
}

/// The blobs of a store with their bytes, sorted by name.
fn blobs(directory: &Utf8Path) -> Result<Vec<(Utf8PathBuf, u64)>, Error> {
    files(&directory.join(BLOBS))
}

/// The files in a folder with their bytes, sorted by name; none where it is not there.
fn files(folder: &Utf8Path) -> Result<Vec<(Utf8PathBuf, u64)>, Error> {
    if fs::kind(folder)?.is_none() {
        return Ok(Vec::new());
    }
    let file = |(name, kind): (String, Kind)| match kind {
        Kind::File { size, .. } => Some((folder.join(name), size)),
        Kind::Directory | Kind::Symlink | Kind::Special => None,
    };
    Ok(fs::list(folder)?.into_iter().filter_map(file).collect())
}

/// Returns the name of a blob that is damaged.
fn damaged(blob: &Utf8Path) -> Result<Option<String>, Error> {
    let (digest, name) = (fs::open(blob)?.digest()?, blob.file_name().unwrap_or_default());
    let is_whole = Sha256Digest::from_hex(name) == Some(digest);
    Ok((!is_whole).then(|| name.to_owned()))
}
