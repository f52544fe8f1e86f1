//! `hook`: what was typed, and what is answered.

use std::io::{IsTerminal as _, Read as _};

use camino::{Utf8Path, Utf8PathBuf};

use super::arguments::{Format, Global, HookCommand, MakeOptions, ResolveOptions};
use super::context::{Places, working_directory};
use super::exit;
use super::run::Run;
use super::verify::today;
use crate::command::{self, Hooked, Tip, Verified};
use crate::error::Error;
use crate::event::{Event, Reporter as _};
use crate::render::{json, text};
use crate::report::{CheckStatus, Failure, Place, Warning};
use crate::settings::{Settings, Typed};
use crate::tree;

/// Where the framework called pre-commit says what is pushed, for it keeps git's lines: a commit,
/// or where nothing of a branch is at the remote yet, only what that is called here.
const PRE_COMMIT: [&str; 2] = ["PRE_COMMIT_TO_REF", "PRE_COMMIT_LOCAL_BRANCH"];

impl Run {
    /// Installs, removes or runs the hook.
    pub(super) fn hook(
        &self,
        global: Global,
        command: HookCommand,
        resolve: ResolveOptions,
    ) -> (String, u8) {
        let change = match command {
            HookCommand::Install => command::install,
            HookCommand::Uninstall => command::uninstall,
            HookCommand::Run { resolve: also, remote } => {
                return self.run_hook(&global, &remote, &also.or(resolve));
            }
        };
        let hooked = self.project(&global).and_then(|it| change(&it, &self.environment));
        match hooked {
            Ok(hooked) => (self.hooked(&hooked), exit::DONE),
            Err(error) => self.failed(&error),
        }
    }

    /// The root of the project.
    fn project(&self, global: &Global) -> Result<Utf8PathBuf, Error> {
        Ok(Settings::settle(typed(global), &self.environment, &working_directory()?)?.project)
    }

    fn hooked(&self, hooked: &Hooked) -> String {
        match self.format {
            Some(Format::Json) => json::hooked(hooked),
            Some(Format::Text) | None => text::hooked(hooked),
        }
    }

    /// Verifies the tip of each ref that is pushed.
    fn run_hook(
        &self,
        global: &Global,
        remote: &[String],
        resolve: &ResolveOptions,
    ) -> (String, u8) {
        let project = match self.project(global) {
            Ok(project) => project,
            Err(error) => return self.failed(&error),
        };
        let tips = match self.tips(remote) {
            Ok(tips) => tips,
            Err(error) => return self.failed(&error),
        };
        let mut all = Verified::default();
        for tip in &tips {
            match self.verify_tip(tip, &project, global, resolve) {
                Ok(verified) => {
                    all.checks.extend(verified.checks);
                    all.failures.extend(verified.failures);
                    all.warnings.extend(verified.warnings);
                }
                Err(error) => {
                    let failure = in_tip(error.failure(), tip);
                    self.human.report(&Event::Failed(&failure));
                    all.failures.push(failure);
                }
            }
        }
        let differences = all.differences();
        if tips.is_empty() {
            let note = "what is pushed has no manifest: it only deletes";
            self.human.report(&Event::Noted { note });
        } else if all.failures.is_empty() && !all.checks.is_empty() {
            self.human.report(&Event::Verified { checks: all.checks.len(), differences });
        }
        let answer = match self.format {
            Some(Format::Json) => json::verified(&all),
            // What is as it should be would drown the rest in the talk of git.
            Some(Format::Text) | None => {
                all.checks.retain(|check| check.status != CheckStatus::Ok);
                text::checks(&all.checks)
            }
        };
        let code = match exit::code(&all.failures) {
            exit::DONE if differences > 0 => exit::DIFFERS,
            code => code,
        };
        (answer, code)
    }

    /// What is pushed: by git's lines, by what stands in for them, or else what is checked out.
    fn tips(&self, remote: &[String]) -> Result<Vec<Tip>, Error> {
        let mut stdin = std::io::stdin();
        let mut lines = String::new();
        if !stdin.is_terminal() {
            stdin.read_to_string(&mut lines).map_err(command::Error::Input)?;
        }
        if !lines.trim().is_empty() {
            return Ok(command::read_tips(&lines)?);
        }
        let revision = PRE_COMMIT.iter().find_map(|name| self.environment.text(name));
        if revision.is_none() && !remote.is_empty() {
            self.human.report(&Event::Warned { lambda: None, warning: &nothing_named() });
        }
        let name = revision.unwrap_or("HEAD").to_owned();
        Ok(vec![Tip { object: name.clone(), name }])
    }

    /// Compares the manifest in a commit with the sources in it.
    fn verify_tip(
        &self,
        tip: &Tip,
        project: &Utf8Path,
        global: &Global,
        resolve: &ResolveOptions,
    ) -> Result<Verified, Error> {
        let Some(commit) = tree::commit(project, &tip.object, &self.environment)? else {
            let note = format!("{} is no commit, and has no manifest", tip.name);
            self.human.report(&Event::Noted { note: &note });
            return Ok(Verified::default());
        };
        let root = Some(project.to_owned());
        let global = Global { root, ..global.clone() };
        let make = MakeOptions { resolve: resolve.clone(), ..MakeOptions::default() };
        let verified = self.with_context(global, &make.at(&commit), Places::default(), |context| {
            command::verify_commit(today(), context)
        });
        let Some(mut verified) = verified? else {
            let note = format!("{} has no lambdas", tip.name);
            self.human.report(&Event::Noted { note: &note });
            return Ok(Verified::default());
        };
        for check in &mut verified.checks {
            check.address = Some(tip.name.clone());
        }
        Ok(verified)
    }
}

/// Another line of the hook may have read what git said.
fn nothing_named() -> Warning {
    Warning {
        code: "nothing-named",
        message: "standard input names nothing that is pushed, so HEAD is verified".to_owned(),
        place: None,
        hint: Some("run this before whatever else reads standard input in the hook".to_owned()),
    }
}

/// Says in which tip a failure is: `refs/heads/a`, or a path in it as git writes that.
fn in_tip(failure: Failure, tip: &Tip) -> Failure {
    let name = &tip.name;
    let place = match failure.place {
        Some(Place { path, line }) => Place { path: format!("{name}:{path}"), line },
        None => Place { path: name.clone(), line: None },
    };
    Failure { place: Some(place), ..failure }
}

/// What was typed, as far as it leads to the project.
fn typed(global: &Global) -> Typed {
    let Global { root, config, manifest_path, .. } = global.clone();
    Typed { root, config, manifest_path, ..Typed::default() }
}
