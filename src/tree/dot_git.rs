//! Finds worktrees and their git directories, told without git.

use camino::{Utf8Path, Utf8PathBuf};

use super::normal;
use crate::fs::{self, Kind};

/// The top of what git would take for the worktree that a folder is in, as far as that is told
/// without git.
pub(crate) fn top(folder: &Utf8Path) -> Result<Option<&Utf8Path>, fs::Error> {
    for folder in folder.ancestors() {
        if fs::kind(&folder.join(".git"))?.is_some() {
            return Ok(Some(folder));
        }
    }
    Ok(None)
}

/// The git directory of a worktree, told without git: `.git`, or where a file of that name leads
/// (gitrepository-layout(5)). `None` where there is none, or none that can be read.
pub(super) fn of_worktree(top: &Utf8Path) -> Option<Utf8PathBuf> {
    match fs::resolve(&top.join(".git")).ok()? {
        (path, Kind::Directory) => Some(path),
        (path, Kind::File { .. }) => {
            let text = String::from_utf8(fs::read(&path).ok()??).ok()?;
            Some(normal(&top.join(text.strip_prefix("gitdir:")?.trim())))
        }
        (_, Kind::Symlink | Kind::Special) => None,
    }
}
