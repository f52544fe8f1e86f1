//! Writes the hook where git looks for it, and removes it again.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::script;
use crate::environment::Environment;
use crate::fs;
use crate::report::{Failure, HookAnswer, HookStatus};
use crate::tree;
use crate::words::shell;

/// The hook's name, as git has it.
const NAME: &str = "pre-push";

/// Describes our own hook where it was edited since.
const CHANGED: &str = "not as it was installed";
/// Describes a hook of somebody else.
const FOREIGN: &str = "another hook";

/// Adds a project to the hook. A hook of somebody else is never overwritten.
pub(in crate::command) fn install(
    project: &Utf8Path,
    environment: &Environment,
) -> Result<HookAnswer, Failure> {
    let mut hook = Hook::find(project, environment, Hook::not_to_install)?;
    let status = match hook.projects.insert(hook.project.clone()) {
        true => {
            hook.write()?;
            HookStatus::Installed
        }
        false => {
            fs::make_executable(&hook.path)?;
            HookStatus::Unchanged
        }
    };
    Ok(HookAnswer { status: Some(status), path: Some(hook.shown), failures: Vec::new() })
}

/// Checks that the hook could be installed, and writes nothing.
pub(in crate::command) fn refuse(
    project: &Utf8Path,
    environment: &Environment,
) -> Result<(), Failure> {
    Hook::find(project, environment, Hook::not_to_install).map(drop)
}

/// Removes a project from the hook, and the hook with the last one. The project is below a folder
/// of the repository, and need not exist.
pub(super) fn uninstall(
    folder: &Utf8Path,
    project: &Utf8Path,
    environment: &Environment,
) -> Result<HookAnswer, Failure> {
    let mut hook = Hook::find(folder, environment, Hook::not_to_uninstall)?;
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
    /// Finds the hook; a file that is not ours, byte for byte, is refused.
    fn find(
        project: &Utf8Path,
        environment: &Environment,
        refuse: fn(&Self, &[u8]) -> Failure,
    ) -> Result<Self, Failure> {
        let tree::Hooks { folder, project: inside } = tree::hooks(project, environment)?;
        let path = folder.join(NAME);
        let shown = tree::slashes(&tree::seen_from(project, &path));
        let mut hook = Self { path, shown, project: inside, projects: BTreeSet::new() };
        match fs::kind(&hook.path)? {
            None => {}
            // Another program may remove it between the two calls: then there is none.
            Some(fs::Kind::File { .. }) => {
                if let Some(bytes) = fs::read(&hook.path)? {
                    hook.projects = script::read(&bytes).ok_or_else(|| refuse(&hook, &bytes))?;
                }
            }
            // Nothing is written through a link, or in place of a folder or a device.
            Some(kind) => {
                let what = if kind == fs::Kind::Symlink { "a link" } else { "no file" };
                return Err(hook.stays(what, "remove it, if nobody needs it"));
            }
        }
        Ok(hook)
    }

    /// Writes it whole or not at all: git may be about to run it.
    fn write(&self) -> Result<(), fs::Error> {
        fs::create_directory(self.path.parent().expect("a hook is in the folder of hooks"))?;
        fs::write_whole(&[(&self.path, script::write(&self.projects).as_bytes())])?;
        // Git ignores a hook that is not executable: githooks(5).
        fs::make_executable(&self.path)
    }

    /// Why it can't replace the file that exists, and what the user can do.
    fn not_to_install(&self, bytes: &[u8]) -> Failure {
        if script::is_changed(bytes) {
            let advice = "remove it, if what was changed can go, and install it again";
            return self.stays(CHANGED, advice);
        }
        let has = |word: &str| memchr::memmem::find(bytes, word.as_bytes()).is_some();
        let line = script::line(&self.project);
        let advice = if has("pre-commit.com") {
            "add `id: dofs-package`, of the repository of this tool, to `.pre-commit-config.yaml`"
                .to_owned()
        } else if has("lefthook") {
            let root = shell(self.project.as_str());
            let line = format!("cargo-dofs-package hook run --root={root} {{0}}");
            format!("let lefthook run `{line}` before a push, with `use_stdin: true`")
        } else if tree::slashes(&self.path).ends_with(".husky/_/pre-push") {
            // husky writes `.husky/_` anew at each install, and its hooks run those in `.husky`.
            format!("put this line first in `.husky/pre-push`: `{line}`")
        } else {
            format!("make this its second line, if it is a script of the shell: `{line}`")
        };
        self.stays(FOREIGN, advice)
    }

    /// Why the file that exists can't be removed.
    fn not_to_uninstall(&self, bytes: &[u8]) -> Failure {
        if script::is_changed(bytes) {
            return self.stays(CHANGED, "remove it yourself, if what was changed can go");
        }
        let advice = "remove what runs `cargo-dofs-package hook run` from it, if anything does";
        self.stays(FOREIGN, advice)
    }

    fn stays(&self, what: &str, advice: impl Into<String>) -> Failure {
        let message = format!("`{}` is {what}, and stays as it is", self.shown);
        Failure::input("foreign-hook", message).hint(advice)
    }
}
