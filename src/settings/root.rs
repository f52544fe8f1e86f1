//! Finds the root of the project.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Error, Typed, file};
use crate::fs;
use crate::tree::normal;

/// Returns the folder that was named, else the nearest one upward that has a config or a
/// `lambdas/`, else the one of a config that was named.
///
/// # Errors
///
/// There is no such folder; what the disk says.
pub(crate) fn find(typed: &Typed, working_directory: &Utf8Path) -> Result<Utf8PathBuf, Error> {
    if let Some(root) = &typed.root {
        let root = working_directory.join(root);
        return match fs::kind(&root)? {
            // A link to a folder is followed: who names it means what it leads to.
            Some(fs::Kind::Directory | fs::Kind::Symlink) => Ok(root),
            // A revision may have it, though the worktree does not.
            None if typed.revision.is_some() => Ok(normal(&root)),
            _ => Err(Error::NoSuchRoot { root: typed.root.clone().unwrap_or_default() }),
        };
    }
    for folder in working_directory.ancestors() {
        if has_project(folder)? {
            return Ok(folder.to_owned());
        }
    }
    let named = typed.config.as_ref().or(typed.manifest_path.as_ref());
    match named.map(|path| working_directory.join(path)) {
        Some(path) => Ok(path.parent().unwrap_or(working_directory).to_owned()),
        None => Err(Error::NoRoot),
    }
}

fn has_project(folder: &Utf8Path) -> Result<bool, Error> {
    let has_lambdas = matches!(fs::kind(&folder.join("lambdas"))?, Some(fs::Kind::Directory));
    Ok(has_lambdas || config_in(folder)?.is_some())
}

/// Returns the name of the file of a folder that is a config, or has one in a table.
///
/// # Errors
///
/// What the disk says.
pub(crate) fn config_in(folder: &Utf8Path) -> Result<Option<&'static str>, Error> {
    if fs::kind(&folder.join(file::CONFIG))?.is_some() {
        return Ok(Some(file::CONFIG));
    }
    let manifest = fs::read(&folder.join(file::CARGO_MANIFEST))?;
    let has_table = manifest.is_some_and(|bytes| file::has_table(&bytes));
    Ok(has_table.then_some(file::CARGO_MANIFEST))
}
