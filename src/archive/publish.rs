//! Brings archives under their names, whole or not at all.
//!
//! An archive is written beside its target, so that the last step is a rename on one file
//! system. Before any is renamed, all of a run are synced, on all threads: after a power loss
//! there is the old zip or the new one, and never one of zero bytes.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Archive, Error, write};
use crate::contents::Contents;
use crate::fs::{self, TemporaryFile};
use crate::tree::Tree;

/// An archive that is written, but has not its name yet.
#[derive(Debug)]
pub(crate) struct Staged {
    /// What is known of it.
    pub(crate) archive: Archive,
    /// The file; dropped, it is removed.
    file: TemporaryFile,
    /// The name it is to have.
    target: Utf8PathBuf,
}

/// Writes an archive beside its target.
///
/// # Errors
///
/// Those of [`write`], and what the disk says.
pub(crate) fn stage(tree: &Tree, contents: &Contents, target: &Utf8Path) -> Result<Staged, Error> {
    let folder = target.parent().expect("a target is a file in a folder");
    fs::create_directory(folder)?;
    fs::remove_stale_temporaries(folder)?;
    let mut file = TemporaryFile::new_in(folder)?;
    let archive = write(tree, contents, &mut file)?;
    Ok(Staged { archive, file, target: target.to_owned() })
}

impl Staged {
    /// Makes the bytes last, so that the name can be given.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub(crate) fn sync(&self) -> Result<(), Error> {
        Ok(self.file.sync()?)
    }
}

/// Gives a synced archive its name, in place of the zip that had it.
///
/// # Errors
///
/// What the disk says; the old zip is then as it was.
pub(crate) fn publish(staged: Staged) -> Result<Archive, Error> {
    let Staged { archive, file, target } = staged;
    file.rename(&target)?;
    fs::sync_directory(target.parent().expect("a target is a file in a folder"))?;
    Ok(archive)
}

impl io::Write for TemporaryFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
