//! Gives archives their names, whole or not at all.
//!
//! An archive is written beside its target, so that the last step is a rename on one file system,
//! which replaces the old zip atomically (rename(2)). All archives of a run are synced before the
//! first is renamed: a file system may write the new name before the bytes, and after a power loss
//! the zip would be empty.

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;

use super::beside::{Beside, Destination};
use super::read::read;
use super::{Archive, glance, unwritable, write};
use crate::contents::Contents;
use crate::fs::{self, TemporaryFile, Unsynced};
use crate::report::{Change, Failure};
use crate::tree::Tree;

/// An archive that is written, but does not have its name yet.
#[derive(Debug)]
pub(crate) struct Staged {
    /// The file; dropped, it is removed.
    file: TemporaryFile,
    /// The path that it will have.
    target: Utf8PathBuf,
}

/// Writes an archive beside its target; where the zip that is there has its bytes already, and it need
/// not be written whatever is there, nothing is written.
pub(crate) fn stage(
    tree: &Tree,
    contents: &Contents,
    target: &Utf8Path,
    is_forced: bool,
) -> Result<(Archive, Option<Staged>), Failure> {
    let disk = |error| unwritable(tree.relative_error(error));
    let folder = folder(target);
    fs::create_directory(folder).map_err(disk)?;
    // After a `kill -9` or a power loss, nobody else removes what the last run left beside the zip.
    fs::remove_stale_temporaries(folder).map_err(disk)?;
    let old = if is_forced { None } else { there(target) };
    stage_beside(tree, contents, target, old.as_ref())
}

/// Writes an archive beside its target, unless the zip that was opened there has its bytes.
fn stage_beside(
    tree: &Tree,
    contents: &Contents,
    target: &Utf8Path,
    old: Option<&fs::File>,
) -> Result<(Archive, Option<Staged>), Failure> {
    let disk = |error| unwritable(tree.relative_error(error));
    let folder = folder(target);
    let make = || TemporaryFile::new_in(folder).map_err(disk);
    let unwritten = |error| disk(fs::Error::at("write", target)(error));
    let destination = Destination { make: &make, unwritten: &unwritten };
    let mut beside = Beside::new(old, Some(destination)).or_end();
    let archive = write(tree, contents, &mut beside)?;
    let staged = match beside.finish(&|| is_at(target, &archive)).1.transpose()? {
        None => None,
        Some(mut file) => {
            file.begin_writeback();
            Some(Staged { file, target: target.to_owned() })
        }
    };
    Ok((archive, staged))
}

/// Hashes an archive, and tells whether the zip that is there has its bytes.
pub(crate) fn compare_with(
    tree: &Tree,
    contents: &Contents,
    target: &Utf8Path,
) -> Result<(Archive, bool), Failure> {
    let old = there(target);
    let mut beside = Beside::new(old.as_ref(), None);
    let archive = write(tree, contents, &mut beside)?;
    Ok((archive, !beside.finish(&|| is_at(target, &archive)).0))
}

/// Whether the zip that is there has the bytes of an archive.
fn is_at(target: &Utf8Path, archive: &Archive) -> bool {
    let is_archive = |zip: &fs::File| {
        zip.size() == archive.size
            && zip.digest().is_ok_and(|digest| digest == archive.digest)
            && zip.is_there().is_ok_and(|is_there| is_there)
    };
    there(target).is_some_and(|zip| is_archive(&zip))
}

/// The zip that is there. What can't be read, or is a link, is another one, and is replaced.
fn there(target: &Utf8Path) -> Option<fs::File> {
    fs::open(target).ok()
}

impl Staged {
    /// What is other in the archive than in the zip that has its name now; none where there is none, or
    /// where it can't be read. `is_own` tells whether a path is that of an own file.
    pub(crate) fn change(
        &self,
        archive: &Archive,
        is_own: &dyn Fn(&str) -> bool,
    ) -> Option<Change> {
        let zip = |path| read(fs::open(path).ok()?, archive.digest, path.as_str()).ok();
        Some(glance(&zip(&self.target)?, &zip(self.file.path())?, is_own))
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::TemporaryDirectory;

    /// Stages an archive beside its zip, while another file takes the zip's place.
    fn stage_while_replaced(other: impl Fn(&[u8]) -> Vec<u8>) -> (bool, bool) {
        let folder = TemporaryDirectory::new().unwrap();
        let tree = Tree::new(folder.path()).unwrap();
        let (contents, target) = (Contents::default(), folder.path().join("one.zip"));
        let (_, staged) = stage(&tree, &contents, &target, false).unwrap();
        publish(&tree, staged.into_iter().collect());
        let old = there(&target).unwrap();
        let mut place = TemporaryFile::new_in(folder.path()).unwrap();
        place.write_all(&other(&fs::read_stable(&target).unwrap())).unwrap();
        place.rename(&target).unwrap();
        let (_, staged) = stage_beside(&tree, &contents, &target, Some(&old)).unwrap();
        let mut beside = Beside::new(Some(&old), None);
        let archive = write(&tree, &contents, &mut beside).unwrap();
        (staged.is_some(), beside.finish(&|| is_at(&target, &archive)).0)
    }

    #[test]
    fn an_equal_zip_that_another_run_puts_there_meanwhile_is_not_written_again() {
        assert_eq!(stage_while_replaced(<[u8]>::to_vec), (false, false));
    }

    #[test]
    fn another_zip_that_is_put_there_meanwhile_is_replaced() {
        assert_eq!(stage_while_replaced(|_| b"another".to_vec()), (true, true));
        let changed = |bytes: &[u8]| bytes.iter().map(|byte| byte ^ 1).collect();
        assert_eq!(stage_while_replaced(changed), (true, true));
    }
}
