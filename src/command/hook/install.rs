//! Writes the hook where git looks for it, and removes it again.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::foreign_hook::{self, ForeignHook};
use super::script;
use crate::environment::Environment;
use crate::fs;
use crate::report::{Failure, HookAnswer, HookStatus};
use crate::tree;

/// The hook's name, as git has it.
const NAME: &str = "pre-push";

/// Has the hook verify a project, too; nothing is written where anybody else's hook is.
pub(in crate::command) fn install(
    project: &Utf8Path,
    environment: &Environment,
) -> Result<HookAnswer, Failure> {
    let mut hook = Hook::find(project, environment, foreign_hook::to_install)?;
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
pub(in crate::command) fn refuse(
    project: &Utf8Path,
    environment: &Environment,
) -> Result<(), Failure> {
    Hook::find(project, environment, foreign_hook::to_install).map(drop)
}

/// Has the hook verify a project no more, and removes it after the last one. The project is below
/// a folder of the repository, and need not be there.
pub(super) fn uninstall(
    folder: &Utf8Path,
    project: &Utf8Path,
    environment: &Environment,
) -> Result<HookAnswer, Failure> {
    let mut hook = Hook::find(folder, environment, foreign_hook::to_uninstall)?;
    hook.project = match tree::normal(&hook.project.join(project)) {
        top if top == "" => ".".into(),
        below => below,
    };
    let status = match hook.projects.remove(&hook.project) {
        false => HookStatus::Absent,
        true if hook.projects.is_empty() => {
            fs::remove(&hook.path)?;
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
    /// Finds it; what is there and is not ours, byte for byte, is refused.
    fn find(
        project: &Utf8Path,
        environment: &Environment,
        refuse: fn(&ForeignHook<'_>) -> Failure,
    ) -> Result<Self, Failure> {
        let tree::Hooks { folder, project: inside } = tree::hooks(project, environment)?;
        let path = folder.join(NAME);
        let shown = tree::slashes(&tree::seen_from(project, &path));
        let projects = match fs::kind(&path)? {
            None => BTreeSet::new(),
            Some(fs::Kind::File { .. }) => {
                // One that is removed meanwhile is as good as none.
                match fs::read(&path)? {
                    None => BTreeSet::new(),
                    Some(bytes) => script::read(&bytes).ok_or_else(|| {
                        let (bytes, path) = (bytes.as_slice(), path.as_path());
                        refuse(&ForeignHook { bytes, path, shown: &shown, project: &inside })
                    })?,
                }
            }
            Some(kind) => return Err(foreign_hook::no_file(&shown, kind == fs::Kind::Symlink)),
        };
        Ok(Self { path, shown, project: inside, projects })
    }

    /// Writes it whole or not at all: git may be about to run it.
    fn write(&self) -> Result<(), fs::Error> {
        let folder = self.path.parent().expect("a hook is in the folder of hooks");
        fs::create_directory(folder)?;
        let mut file = fs::TemporaryFile::new_in(folder)?;
        let text = script::write(&self.projects);
        file.write_all(text.as_bytes()).map_err(fs::Error::at("write", &self.path))?;
        file.rename(&self.path)?;
        self.make_executable()
    }

    /// Git ignores a hook that is not executable: githooks(5).
    fn make_executable(&self) -> Result<(), fs::Error> {
        fs::make_executable(&self.path)
    }
}
