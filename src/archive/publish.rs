//! Brings archives under their names, whole or not at all.
//!
//! An archive is written beside its target, so that the last step is a rename on one file
//! system. Before any is renamed, all of a run are synced: after a power loss
//! there is the old zip or the new one, and never one of zero bytes.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;

use super::{Archive, Error, write};
use crate::contents::Contents;
use crate::fs::{self, TemporaryFile, Unsynced};
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
/// Those of [`write()`], and what the disk says.
pub(crate) fn stage(tree: &Tree, contents: &Contents, target: &Utf8Path) -> Result<Staged, Error> {
    let folder = folder(target);
    fs::create_directory(folder)?;
    fs::remove_stale_temporaries(folder)?;
    let mut file = TemporaryFile::new_in(folder)?;
    let archive = write(tree, contents, &mut file).map_err(|error| match error {
        Error::Write(source) => fs::Error::at("write", target)(source).into(),
        error => error,
    })?;
    file.begin_writeback();
    Ok(Staged { archive, file, target: target.to_owned() })
}

/// Writes an archive to where only this run looks, to be compared.
///
/// # Errors
///
/// Those of [`write()`], and what the disk says.
pub(crate) fn draft(tree: &Tree, contents: &Contents, target: &Utf8Path) -> Result<(), Error> {
    // Nothing is synced, nor is the disk hurried: nobody looks for it after a power loss.
    let mut file = TemporaryFile::new_in(folder(target))?;
    write(tree, contents, &mut file)?;
    Ok(file.rename(target)?)
}

/// Makes the bytes of archives last, so that their names can be given; results are in their
/// order.
pub(crate) fn sync(staged: &[&Staged]) -> Vec<Result<(), Error>> {
    let unsynced: Vec<_> = staged.iter().map(|staged| Unsynced::Bytes(&staged.file)).collect();
    fs::sync(&unsynced).into_iter().map(|result| result.map_err(Error::from)).collect()
}

/// Gives synced archives their names, in place of the zips that had them, and makes the names
/// last; results are in the order of the archives.
///
/// Where one can't be renamed, the old zip is as it was. Where only the folder can't be synced,
/// the new one is there, though a power loss may bring the old one back: that error comes beside
/// the archive.
pub(crate) fn publish(staged: Vec<Staged>) -> Vec<Result<(Archive, Option<Error>), Error>> {
    let rename = |Staged { archive, file, target }: Staged| match file.rename(&target) {
        Ok(()) => Ok((archive, folder(&target).to_owned())),
        Err(error) => Err(Error::from(error)),
    };
    let renamed: Vec<_> = staged.into_par_iter().map(rename).collect();
    let folders = renamed.iter().flatten().map(|(_, folder)| Unsynced::Names(folder));
    let mut synced = fs::sync(&folders.collect::<Vec<_>>()).into_iter();
    let mut publish = |renamed: Result<(Archive, Utf8PathBuf), Error>| {
        let (archive, _) = renamed?;
        let synced = synced.next().expect("each folder was synced");
        Ok((archive, synced.err().map(Error::from)))
    };
    renamed.into_iter().map(&mut publish).collect()
}

/// The folder in which a zip is.
fn folder(target: &Utf8Path) -> &Utf8Path {
    target.parent().expect("a target is a file in a folder")
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
