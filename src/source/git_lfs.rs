//! Finds pointers of git-lfs: where git-lfs is not installed, a checkout has them in place of the
//! files.

use super::SourceFile;
use crate::report::Warning;
use crate::tree::{Error, Tree};

/// How a pointer begins. Source: `docs/spec.md` of git-lfs, "The Pointer".
const BEGIN: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";
/// A pointer has fewer bytes than this (the same section).
const LIMIT: u64 = 1024;

/// Returns a warning if files that are kept are pointers.
pub(super) fn warning(tree: &Tree, files: &[SourceFile]) -> Result<Option<Warning>, Error> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| (BEGIN.len() as u64..LIMIT).contains(&file.size)) {
        let open = tree.open(&file.place)?;
        let mut beginning = [0; BEGIN.len()];
        if open.size() >= BEGIN.len() as u64 {
            tree.read_at(&open, &mut beginning, 0)?;
            if beginning == BEGIN {
                found.push(file.path.as_str());
            }
        }
    }
    let Some((first, others)) = found.split_first() else { return Ok(None) };
    let message = match others.len() {
        0 => format!("`{first}` is a pointer of git-lfs, and not the file itself"),
        count => format!("`{first}` and {count} more are pointers of git-lfs, and not the files"),
    };
    let hint = "install git-lfs and run `git lfs install`, then `git lfs pull`";
    Ok(Some(Warning::new("lfs-pointer", message).hint(hint)))
}
