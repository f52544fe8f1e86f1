//! Gives archives their names, whole or not at all.
//!
//! An archive is written beside its target, so that the last step is a rename on one file system,
//! which replaces the old zip atomically (rename(2)). All archives of a run are synced before the
//! first is renamed: a file system may write the new name before the bytes, and after a power loss
//! the zip would be empty.

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;

use super::{Archive, unwritable, write};
use crate::contents::Contents;
use crate::fs::{self, TemporaryFile, Unsynced};
use crate::report::Failure;
use crate::tree::Tree;

/// An archive that is written, but does not have its name yet.
#[derive(Debug)]
pub(crate) struct Staged {
    pub(crate) archive: Archive,
    /// The file; dropped, it is removed.
    file: TemporaryFile,
    /// The path that it will have.
    target: Utf8PathBuf,
}

/// Writes an archive beside its target.
pub(crate) fn stage(
    tree: &Tree,
    contents: &Contents,
    target: &Utf8Path,
) -> Result<Staged, Failure> {
    let disk = |error| unwritable(tree.relative_error(error));
    let folder = folder(target);
    fs::create_directory(folder).map_err(disk)?;
    // After a `kill -9` or a power loss, nobody else removes what the last run left beside the zip.
    fs::remove_stale_temporaries(folder).map_err(disk)?;
    let mut file = TemporaryFile::new_in(folder).map_err(disk)?;
    let mut sink =
        |bytes: &[u8]| file.write_all(bytes).map_err(fs::Error::at("write", target)).map_err(disk);
    let archive = write(tree, contents, &mut sink)?;
    file.begin_writeback();
    Ok(Staged { archive, file, target: target.to_owned() })
}

/// Syncs the bytes of archives, before they are renamed; the results are in the order of the
/// archives.
pub(crate) fn sync(tree: &Tree, staged: &[&Staged]) -> Vec<Result<(), Failure>> {
    let unsynced: Vec<_> = staged.iter().map(|staged| Unsynced::Bytes(&staged.file)).collect();
    let disk = |error| unwritable(tree.relative_error(error));
    fs::sync(&unsynced).into_iter().map(|result| result.map_err(disk)).collect()
}

/// Gives synced archives their names, in place of the zips that had them, and syncs the names; the
/// results are in the order of the archives.
///
/// Where a rename fails, the old zip is unchanged. Where only the folder can't be synced, the new
/// zip is there, though a power loss may bring the old one back: this error is the value.
pub(crate) fn publish(tree: &Tree, staged: Vec<Staged>) -> Vec<Result<Option<Failure>, Failure>> {
    let disk = |error| unwritable(tree.relative_error(error));
    let rename = |Staged { file, target, .. }: Staged| match file.rename(&target) {
        Ok(()) => Ok(folder(&target).to_owned()),
        Err(error) => Err(disk(error)),
    };
    let renamed: Vec<_> = staged.into_par_iter().map(rename).collect();
    let folders = renamed.iter().flatten().map(|folder| Unsynced::Names(folder));
    let mut synced = fs::sync(&folders.collect::<Vec<_>>()).into_iter();
    let mut publish = |renamed: Result<Utf8PathBuf, Failure>| {
        renamed?;
        Ok(synced.next().expect("each folder was synced").err().map(disk))
    };
    renamed.into_iter().map(&mut publish).collect()
}

fn folder(target: &Utf8Path) -> &Utf8Path {
    target.parent().expect("a target is a file in a folder")
}
