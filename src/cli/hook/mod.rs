//! `hook`: what was typed, and what is answered.

mod pushed;
mod run;

use camino::{Utf8Path, Utf8PathBuf};

use super::arguments::{Format, Global, HookCommand, ResolveOptions};
use super::context::working_directory;
use super::exit;
use super::run::Run;
use crate::command;
use crate::error::Error;
use crate::event::{Event, Reporter as _};
use crate::render::{json, text};
use crate::report::{Failure, HookAnswer, Warning};
use crate::settings::{self, NoRoot, Typed};
use crate::tree::Tree;

impl Run {
    /// Installs, removes or runs the hook.
    pub(super) fn hook(
        &self,
        global: Global,
        command: HookCommand,
        resolve: ResolveOptions,
    ) -> (String, u8) {
        let change = match command {
            HookCommand::Install => Run::install_hook,
            HookCommand::Uninstall => Run::uninstall_hook,
            HookCommand::Run { resolve: also, remote } => {
                return self.run_hook(&global, &remote, &also.or(resolve));
            }
        };
        if global.config.is_some() || global.manifest_path.is_some() {
            self.human.report(&Event::Warned { lambda: None, warning: &config_not_kept() });
        }
        let answer = change(self, &global).unwrap_or_else(|error| {
            let failures = vec![error.failure()];
            self.human.report(&Event::Failed(&failures[0]));
            HookAnswer { failures, ..HookAnswer::default() }
        });
        let text = match self.format {
            Some(Format::Json) => json::answer_without_tool(&answer),
            Some(Format::Text) | None => text::hook(&answer),
        };
        (text, exit::code(&answer.failures))
    }

    fn install_hook(&self, global: &Global) -> Result<HookAnswer, Error> {
        let project = project_in(&working_directory()?, global).map_err(Failure::from)?;
        command::install(&project, &self.environment)
    }

    fn uninstall_hook(&self, global: &Global) -> Result<HookAnswer, Error> {
        let working_directory = working_directory()?;
        let (folder, project) = match project_in(&working_directory, global) {
            // A project that is gone may still be in the hook.
            Err(NoRoot::NoFolder(root)) => (working_directory, root),
            project => (project.map_err(Failure::from)?, Utf8PathBuf::new()),
        };
        command::uninstall(&folder, &project, &self.environment)
    }
}

/// What is typed for this run is not written into the hook.
fn config_not_kept() -> Warning {
    Warning {
        code: "config-not-kept",
        message:
            "the hook goes by the config at the root of each commit, not by the one named here"
                .to_owned(),
        place: None,
        hint: None,
    }
}

/// The root of the project, absolute and without links. What its config says is not read: that of
/// the worktree says nothing of a commit.
fn project_in(working_directory: &Utf8Path, global: &Global) -> Result<Utf8PathBuf, NoRoot> {
    let Global { root, config, manifest_path, .. } = global.clone();
    let typed = Typed { root, config, manifest_path, ..Typed::default() };
    let root = settings::find_root(&typed, working_directory)?;
    let tree = Tree::new(&root).map_err(|error| NoRoot::Failed(error.into()))?;
    Ok(tree.root().to_owned())
}
