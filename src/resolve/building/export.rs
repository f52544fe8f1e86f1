//! Copies a project's folder, so that a build leaves nothing in it.

use camino::Utf8Path;

use crate::fs;
use crate::report::Place;
use crate::requirements::{ProjectFile, project_files};
use crate::resolve::Error;
use crate::tree::Tree;

/// Copies the files that the digest of a project's folder covers, and no others.
///
/// # Errors
///
/// What the disk says.
pub(super) fn export(
    tree: &Tree,
    project: &Utf8Path,
    place: &Place,
    folder: &Utf8Path,
) -> Result<(), Error> {
    for ProjectFile { path, executable } in project_files(tree, project, place)? {
        let bytes = tree.read(&project.join(&path))?.unwrap_or_default();
        let copy = folder.join(&path);
        fs::create_directory(copy.parent().unwrap_or(folder))?;
        fs::write(&copy, &bytes)?;
        if executable {
            fs::make_executable(&copy)?;
        }
    }
    Ok(())
}
