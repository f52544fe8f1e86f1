//! Writes the hook where git looks for it, and removes it again.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Error, Obstacle, script};
use crate::environment::Environment;
use crate::fs;
use crate::report::{HookAnswer, HookStatus};
use crate::tree;

/// The hook's name, as git has it.
const NAME: &str = "pre-push";

/// Has the hook verify a project, too; nothing is written where anybody else's hook is.
///
/// # Errors
///
/// There is no git, or no repository; something else is there; what the disk says.
pub(crate) fn install(
    project: &Utf8Path,
    environment: &Environment,
) -> Result<HookAnswer, crate::error::Error> {
    let mut hook = Hook::find(project, environment, Obstacle::to_install)?;
    let status = match hook.projects.insert(hook.project.clone()) {
        true => {
            hook.write()?;
            HookStatus::Installed
        }
        false => {
            hook.make_executable()?;
            HookStatus::Unchanged
        }
    };
    Ok(HookAnswer { status: Some(status), path: Some(hook.shown), failures: Vec::new() })
}

/// Refuses what would not let the hook be installed, and writes nothing.
///
/// # Errors
///
/// There is no git, or no repository; something else is there; what the disk says.
pub(in crate::command) fn refuse(
    project: &Utf8Path,
    environment: &Environment,
) -> Result<(), crate::error::Error> {
    Hook::find(project, environment, Obstacle::to_install).map(drop)
}

/// Has the hook verify a project no more, and removes it after the last one. The project is below
/// a folder of the repository, and need not be there.
///
/// # Errors
///
/// There is no git, or no repository; something else is there; what the disk says.
pub(crate) fn uninstall(
    folder: &Utf8Path,
    project: &Utf8Path,
    environment: &Environment,
) -> Result<HookAnswer, crate::error::Error> {
    let mut hook = Hook::find(folder, environment, Obstacle::to_uninstall)?;
    hook.project = match tree::normal(&hook.project.join(project)) {
        top if top == "" => ".".into(),
        below => below,
    };
    let status = match hook.projects.remove(&hook.project) {
        false => HookStatus::Absent,
        true if hook.projects.is_empty() => {
            fs::remove(&hook.path).map_err(tree::Error::from)?;
            HookStatus::Removed
        }
        true => {
            hook.write()?;
            HookStatus::Removed
        }
    };
    Ok(HookAnswer { status: Some(status), path: Some(hook.shown), failures: Vec::new() })
}

/// The hook of a repository: ours, or none yet.
struct Hook {
    /// Where it is, absolute.
    path: Utf8PathBuf,
    /// The same, as the project's root sees it.
    shown: String,
    /// The project, as the top of the worktree sees it.
    project: Utf8PathBuf,
    /// The projects that it verifies.
    projects: BTreeSet<Utf8PathBuf>,
}

impl Hook {
    /// Finds it; what is there and is not ours, byte for byte, is an obstacle.
    fn find(
        project: &Utf8Path,
        environment: &Environment,
        obstacle: impl Fn(&[u8], &Utf8Path, &Utf8Path) -> Obstacle,
    ) -> Result<Self, crate::error::Error> {
        let tree::Hooks { folder, project: inside } = tree::hooks(project, environment)?;
        let path = folder.join(NAME);
        let shown = tree::slashes(&tree::seen_from(project, &path));
        let projects = match fs::kind(&path).map_err(tree::Error::from)? {
            None => BTreeSet::new(),
            Some(fs::Kind::File { .. }) => {
                let bytes = fs::read(&path).map_err(tree::Error::from)?.unwrap_or_default();
                let foreign = || Error::Foreign {
                    path: shown.clone(),
                    obstacle: obstacle(&bytes, &path, &inside),
                };
                script::read(&bytes).ok_or_else(foreign)?
            }
            Some(kind) => {
                let obstacle = Obstacle::no_file(kind == fs::Kind::Symlink);
                return Err(Error::Foreign { path: shown, obstacle }.into());
            }
        };
        Ok(Self { path, shown, project: inside, projects })
    }

    /// Writes it whole or not at all: git may be about to run it.
    fn write(&self) -> Result<(), tree::Error> {
        let folder = self.path.parent().expect("a hook is in the folder of hooks");
        fs::create_directory(folder)?;
        let mut file = fs::TemporaryFile::new_in(folder)?;
        let text = script::write(&self.projects);
        file.write_all(text.as_bytes()).map_err(fs::Error::at("write", &self.path))?;
        file.rename(&self.path)?;
        self.make_executable()
    }

    /// Git passes over a hook that is not executable.
    fn make_executable(&self) -> Result<(), tree::Error> {
        Ok(fs::make_executable(&self.path)?)
    }
}
