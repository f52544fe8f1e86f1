//! Writes the hook where git looks for it, and removes it again.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Error, HookStatus, Hooked};
use crate::environment::Environment;
use crate::fs;
use crate::tree::{self, Hooks};

/// The hook's name, as git has it.
const NAME: &str = "pre-push";
/// What tells our hook from others.
const MARK: &str = "# Written by `cargo dofs-package hook install`";

/// Writes the hook, where nobody else's is.
///
/// # Errors
///
/// There is no git, or no repository; another hook is there; what the disk says.
pub(crate) fn install(
    project: &Utf8Path,
    environment: &Environment,
) -> Result<Hooked, crate::error::Error> {
    let (path, hooks) = locate(project, environment)?;
    let wanted = script(&hooks.project);
    if let Some(bytes) = fs::read(&path)? {
        if bytes == wanted.as_bytes() {
            return Ok(hooked(&path, project, HookStatus::Unchanged));
        }
        refuse_foreign(&path, &bytes, project, &hooks)?;
    }
    fs::create_directory(&hooks.folder)?;
    // Whole or not at all: git may be about to run it.
    let mut file = fs::TemporaryFile::new_in(&hooks.folder)?;
    file.write_all(wanted.as_bytes()).map_err(fs::Error::at("write", &path))?;
    file.rename(&path)?;
    fs::make_executable(&path)?;
    Ok(hooked(&path, project, HookStatus::Installed))
}

/// Refuses what would not let the hook be installed, and writes nothing.
///
/// # Errors
///
/// There is no git, or no repository; another hook is there; what the disk says.
pub(in crate::command) fn refuse(
    project: &Utf8Path,
    environment: &Environment,
) -> Result<(), crate::error::Error> {
    let (path, hooks) = locate(project, environment)?;
    match fs::read(&path)? {
        Some(bytes) => Ok(refuse_foreign(&path, &bytes, project, &hooks)?),
        None => Ok(()),
    }
}

/// Removes the hook, if it is ours.
///
/// # Errors
///
/// There is no git, or no repository; another hook is there; what the disk says.
pub(crate) fn uninstall(
    project: &Utf8Path,
    environment: &Environment,
) -> Result<Hooked, crate::error::Error> {
    let (path, hooks) = locate(project, environment)?;
    let Some(bytes) = fs::read(&path)? else {
        return Ok(hooked(&path, project, HookStatus::Absent));
    };
    refuse_foreign(&path, &bytes, project, &hooks)?;
    fs::remove(&path)?;
    Ok(hooked(&path, project, HookStatus::Removed))
}

fn hooked(path: &Utf8Path, project: &Utf8Path, status: HookStatus) -> Hooked {
    Hooked { path: shown(path, project), status }
}

fn locate(
    project: &Utf8Path,
    environment: &Environment,
) -> Result<(Utf8PathBuf, Hooks), crate::error::Error> {
    let hooks = tree::hooks(project, environment)?;
    Ok((hooks.folder.join(NAME), hooks))
}

fn refuse_foreign(
    path: &Utf8Path,
    bytes: &[u8],
    project: &Utf8Path,
    hooks: &Hooks,
) -> Result<(), Error> {
    match memchr::memmem::find(bytes, MARK.as_bytes()) {
        Some(_) => Ok(()),
        None => Err(Error::Foreign { path: shown(path, project), line: command(&hooks.project) }),
    }
}

/// A path as the project's root sees it.
fn shown(path: &Utf8Path, project: &Utf8Path) -> String {
    tree::slashes(&tree::seen_from(project, path))
}

/// The line that runs the hook, from the top of a worktree.
fn command(project: &Utf8Path) -> String {
    let root = shlex::try_quote(project.as_str()).expect("a path has no NUL");
    format!("cargo-dofs-package hook run --root {root} -- \"$@\"")
}

/// The hook.
fn script(project: &Utf8Path) -> String {
    let command = command(project);
    let by_cargo = command.replacen("cargo-dofs-package", "cargo dofs-package", 1);
    format!(
        "\
#!/bin/sh
{MARK}; `… hook uninstall` removes it.
# Before a push, the package manifest in each pushed commit is verified against the sources in
# that commit. `git push --no-verify` goes without.
if command -v cargo-dofs-package >/dev/null 2>&1; then
    exec {command}
fi
exec {by_cargo}
"
    )
}
