//! Finds the root of the project.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Error, Typed, file};
use crate::fs;

/// Returns the folder that was named, else the nearest one upward that has a config or a
/// `lambdas/`, else the one of a config that was named.
pub(super) fn find(typed: &Typed, working_directory: &Utf8Path) -> Result<Utf8PathBuf, Error> {
    if let Some(root) = &typed.root {
        let root = working_directory.join(root);
        return match fs::kind(&root)? {
            // A link to a folder is followed: who names it means what it leads to.
            Some(fs::Kind::Directory | fs::Kind::Symlink) => Ok(root),
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
    let has_config = fs::kind(&folder.join(file::CONFIG))?.is_some();
    if has_lambdas || has_config {
        return Ok(true);
    }
    let manifest = fs::read(&folder.join(file::CARGO_MANIFEST))?;
    Ok(manifest.is_some_and(|bytes| file::has_table(&bytes)))
}
