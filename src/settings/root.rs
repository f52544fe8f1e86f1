//! Finds the root of the project.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Options, file};
use crate::fs;
use crate::report::Failure;
use crate::report::code;
use crate::tree::{self, normal};

/// Why there is no root.
#[derive(Debug)]
pub(crate) enum NoRoot {
    /// `--root` names no folder; the path as it was typed.
    NoFolder(Utf8PathBuf),
    /// The disk can't be read.
    Failed(Failure),
}

impl From<NoRoot> for Failure {
    fn from(outcome: NoRoot) -> Self {
        match outcome {
            NoRoot::NoFolder(root) => {
                Self::input(code::NO_ROOT, format!("there is no folder `{root}`"))
            }
            NoRoot::Failed(failure) => failure,
        }
    }
}

impl From<fs::Error> for NoRoot {
    fn from(error: fs::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Returns the folder that was named, else the nearest one upward that has a config, else the nearest
/// that has a `lambdas/`, else the one of a config that was named. Without any project it is the top of
/// the repository, else the working directory: what is there can be told.
pub(crate) fn find(typed: &Options, working_directory: &Utf8Path) -> Result<Utf8PathBuf, NoRoot> {
    if let Some(typed_root) = &typed.project.root {
        let root = working_directory.join(typed_root);
        return match fs::kind(&root)? {
            // A link to a folder is followed, since the user named it.
            Some(fs::Kind::Directory | fs::Kind::Symlink) => Ok(root),
            // A revision may have it, though the worktree does not.
            None if typed.package.rev.is_some() => Ok(normal(&root)),
            _ => Err(NoRoot::NoFolder(typed_root.clone())),
        };
    }
    let mut with_lambdas = None;
    for folder in working_directory.ancestors() {
        match config_in(folder) {
            Ok(Some(_)) => return Ok(folder.to_owned()),
            Ok(None) => {}
            // What lies above the project may be somebody else's.
            Err(_) if with_lambdas.is_some() => break,
            Err(error) => return Err(error.into()),
        }
        if with_lambdas.is_none() && fs::kind(&folder.join("lambdas"))? == Some(fs::Kind::Directory)
        {
            with_lambdas = Some(folder);
        }
    }
    if let Some(folder) = with_lambdas {
        return Ok(folder.to_owned());
    }
    let named = typed.project.config.as_ref().or(typed.project.manifest_path.as_ref());
    if let Some(named) = named {
        let path = working_directory.join(named);
        return Ok(path.parent().unwrap_or(working_directory).to_owned());
    }
    Ok(tree::top(working_directory)?.unwrap_or(working_directory).to_owned())
}

/// Returns the name of the file of a folder that is a config, or has one in a table.
pub(crate) fn config_in(folder: &Utf8Path) -> Result<Option<&'static str>, fs::Error> {
    if fs::kind(&folder.join(file::CONFIG))?.is_some() {
        return Ok(Some(file::CONFIG));
    }
    for name in [file::CARGO_MANIFEST, file::PYTHON_PROJECT] {
        if fs::read(&folder.join(name))?.is_some_and(|bytes| file::has_table(&bytes)) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}
