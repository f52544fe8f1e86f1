//! `hook`: the pre-push hook of git.

mod install;
mod pushed;
mod run;
mod script;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Subcommand;

use super::{Invocation, verify, working_directory};
use crate::report::{Failure, HookAnswer, Warning};
use crate::settings::{self, NoRoot, PackageOptions, Settings};
use crate::tree::{Tree, normal};

pub(super) use install::{install as install_at, refuse};
pub(crate) use run::{RunOptions, run};

/// What is done with the hook.
#[derive(Debug, Subcommand)]
pub(crate) enum HookCommand {
    /// Write it where git looks for it; another hook is never overwritten
    ///
    /// One hook serves all projects of a repository: each is installed by itself.
    Install,
    /// Remove it; one that serves other projects, too, stays for those
    Uninstall,
    /// Verify the tip of each pushed ref, as git names them on standard input
    ///
    /// Where they are not named, HEAD is verified. Exits with 1 if a manifest is not that of its
    /// commit.
    Run(RunOptions),
}

/// Adds the project to the hook of its repository.
pub(crate) fn install(invocation: Invocation<'_>) -> Result<HookAnswer, Failure> {
    warn_of_config(invocation);
    let working_directory = working_directory()?;
    let project = project_in(&working_directory, invocation)?;
    let answer = install_at(&project, invocation.environment)?;
    let options = invocation.options(&PackageOptions::default());
    // The config of a commit to come may be another one; one that can't be read, it will tell.
    let settings = Settings::settle(&options, invocation.environment, &working_directory);
    if settings.is_ok_and(|settings| settings.configured_manifest.is_none()) {
        invocation.reporter.warn(&verify::no_manifest());
    }
    Ok(answer)
}

/// Removes the project from the hook of its repository.
pub(crate) fn uninstall(invocation: Invocation<'_>) -> Result<HookAnswer, Failure> {
    warn_of_config(invocation);
    // A project that is gone may still be in the hook.
    let (folder, project) = project_or_none(invocation)?;
    install::uninstall(&folder, &project, invocation.environment)
}

/// Warns of options that are not written into the hook.
fn warn_of_config(invocation: Invocation<'_>) {
    let project = invocation.project;
    if project.config.is_some() || project.manifest_path.is_some() {
        let message =
            "the hook goes by the config at the root of each commit, not by the one named here";
        invocation.reporter.warn(&Warning::new("config-not-kept", message));
    }
}

/// The root of the project, with an empty path; or, where the worktree has no such folder, the
/// working directory, with the path of the root from there.
fn project_or_none(invocation: Invocation<'_>) -> Result<(Utf8PathBuf, Utf8PathBuf), Failure> {
    let working_directory = working_directory()?;
    Ok(match project_in(&working_directory, invocation) {
        Err(NoRoot::NoFolder(root)) => (working_directory, normal(&root)),
        project => (project?, Utf8PathBuf::new()),
    })
}

/// The root of the project, absolute and without links. The config is not read: each commit has its
/// own.
fn project_in(
    working_directory: &Utf8Path,
    invocation: Invocation<'_>,
) -> Result<Utf8PathBuf, NoRoot> {
    let options = invocation.options(&PackageOptions::default());
    let root = settings::find_root(&options, working_directory)?;
    let tree = Tree::new(&root).map_err(|error| NoRoot::Failed(error.into()))?;
    Ok(tree.root().to_owned())
}
