//! `hook run`: each tip of what is pushed is verified, whatever becomes of the others.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::super::arguments::{Format, Global, MakeOptions, ResolveOptions};
use super::super::context::{Places, working_directory};
use super::super::exit;
use super::super::run::Run;
use super::super::verify::today;
use super::{project_in, pushed};
use crate::command::{self, Context, HookError, Tip};
use crate::environment::Environment;
use crate::error::Error;
use crate::event::{Event, Reporter};
use crate::render::{json, text};
use crate::report::{CheckStatus, Failure, Place, Verified, Warning};
use crate::settings::NoRoot;
use crate::tree;
use crate::tree::Standing;

/// Where the project is, and where git is asked.
struct Where {
    /// The project's root; what was typed, where there is no such folder in the worktree.
    project: Result<Utf8PathBuf, Utf8PathBuf>,
    /// A folder of the repository.
    folder: Utf8PathBuf,
    /// The project's root, as the top of its worktree sees it; empty where it is the top.
    prefix: Utf8PathBuf,
    /// The commit that is checked out, if one is.
    head: Option<String>,
}

impl Run {
    /// Verifies the tip of each ref that is pushed.
    pub(super) fn run_hook(
        &self,
        global: &Global,
        remote: &[String],
        resolve: &ResolveOptions,
    ) -> (String, u8) {
        let mut all = Verified::default();
        if let Err(error) = self.verify_tips(global, remote, resolve, &mut all) {
            let failure = error.failure();
            self.human.report(&Event::Failed(&failure));
            all.failures.push(failure);
        }
        let differences = all.differences();
        if all.failures.is_empty() && !all.checks.is_empty() {
            self.human.report(&Event::Verified { checks: all.checks.len(), differences });
        }
        let code = match exit::code(&all.failures) {
            exit::DONE if differences > 0 => exit::DIFFERS,
            code => code,
        };
        let answer = match self.format {
            Some(Format::Json) => json::answer(&all),
            // What is as it should be would drown the rest in the talk of git.
            Some(Format::Text) | None => {
                all.checks.retain(|check| check.status != CheckStatus::Ok);
                text::checks(&all.checks)
            }
        };
        (answer, code)
    }

    fn verify_tips(
        &self,
        global: &Global,
        remote: &[String],
        resolve: &ResolveOptions,
        all: &mut Verified,
    ) -> Result<(), Error> {
        let (tips, warning) = pushed::tips(remote, &self.environment)?;
        if let Some(warning) = warning {
            self.human.report(&Event::Warned { lambda: None, warning: &warning });
            all.warnings.push((None, warning));
        }
        if tips.is_empty() {
            self.skip("what is pushed: it only deletes");
            return Ok(());
        }
        let place = find(global, &self.environment)?;
        let mut commits = BTreeSet::new();
        for tip in &tips {
            let verified = self.commit_of(tip, &place).and_then(|commit| match commit {
                // Tags and branches may lead to one commit: the first stands for all.
                Some(commit) if commits.insert(commit.clone()) => {
                    self.verify_tip(tip, &commit, &place, global, resolve)
                }
                Some(_) | None => Ok(Verified::default()),
            });
            match verified {
                Ok(verified) => {
                    all.checks.extend(verified.checks);
                    all.failures.extend(verified.failures);
                    all.warnings.extend(verified.warnings);
                }
                Err(error) => {
                    let failure = in_tip(&error.failure(), tip);
                    self.human.report(&Event::Failed(&failure));
                    all.failures.push(failure);
                }
            }
        }
        Ok(())
    }

    fn commit_of(&self, tip: &Tip, place: &Where) -> Result<Option<String>, Error> {
        let commit = tree::commit(&place.folder, &tip.object, &self.environment)?;
        if commit.is_none() {
            self.skip(&format!("{}: it is no commit, and has no manifest", tip.name));
        }
        Ok(commit)
    }

    /// Compares the manifest in a commit with the sources in it.
    fn verify_tip(
        &self,
        tip: &Tip,
        commit: &str,
        place: &Where,
        global: &Global,
        resolve: &ResolveOptions,
    ) -> Result<Verified, Error> {
        let project = match &place.project {
            Ok(project) => project.clone(),
            Err(root) => {
                match tree::standing(&place.folder, commit, root, &self.environment)? {
                    Standing::Folder => {}
                    Standing::Other => {
                        return Err(HookError::NoFolder { root: root.clone() }.into());
                    }
                    Standing::Nothing => {
                        self.skip(&format!("{}: it has no folder `{root}`", tip.name));
                        return Ok(Verified::default());
                    }
                }
                place.folder.join(root)
            }
        };
        let global = Global { root: Some(project), ..global.clone() };
        let make = MakeOptions { resolve: resolve.clone(), ..MakeOptions::default() };
        let verified = self.with_context(global, &make.at(commit), Places::default(), |context| {
            let Context { settings, environment, resolving, .. } = *context;
            let reporter = &OfTip { tip, reporter: context.reporter };
            let context = &Context { settings, environment, resolving, reporter };
            command::verify_commit(today(), context)
        });
        let Some(mut verified) = verified? else {
            self.skip(&format!("{}: it has no lambdas", tip.name));
            return Ok(Verified::default());
        };
        for check in &mut verified.checks {
            check.address = Some(match place.prefix.as_str() {
                "" => tip.name.clone(),
                prefix => format!("{}:{prefix}", tip.name),
            });
            // What is checked out gives the manifest of another commit.
            if check.status != CheckStatus::Ok && place.head.as_deref() != Some(commit) {
                check.message += ", where that is checked out";
            }
        }
        for failure in &mut verified.failures {
            *failure = in_tip(failure, tip);
        }
        Ok(verified)
    }

    /// Says what nothing is verified of: who pushes must not take silence for a yes.
    fn skip(&self, why: &str) {
        self.human.report(&Event::Skipped { why });
    }
}

fn find(global: &Global, environment: &Environment) -> Result<Where, Error> {
    let working_directory = working_directory()?;
    let (folder, project) = match project_in(&working_directory, global) {
        Ok(project) => (project.clone(), Ok(project)),
        // The worktree may be of a branch that never had the project.
        Err(NoRoot::NoFolder(root)) => (working_directory, Err(tree::normal(&root))),
        Err(other) => return Err(Failure::from(other).into()),
    };
    let below = project.as_ref().err().map(|root| root.as_path()).unwrap_or(Utf8Path::new(""));
    let prefix = tree::normal(&tree::prefix(&folder, environment)?.join(below));
    // A branch without a commit has none.
    let head = tree::commit(&folder, "HEAD", environment).ok().flatten();
    Ok(Where { project, folder, prefix, head })
}

/// Tells of what is found in a tip where it is: several may be pushed.
struct OfTip<'a> {
    tip: &'a Tip,
    reporter: &'a dyn Reporter,
}

impl Reporter for OfTip<'_> {
    fn report(&self, event: &Event<'_>) {
        match event {
            Event::Failed(failure) => {
                self.reporter.report(&Event::Failed(&in_tip(failure, self.tip)));
            }
            Event::Warned { lambda, warning } => {
                let place = Some(place_in(warning.place.as_ref(), self.tip));
                let warning = &Warning { place, ..(*warning).clone() };
                self.reporter.report(&Event::Warned { lambda: *lambda, warning });
            }
            event => self.reporter.report(event),
        }
    }
}

/// Says in which tip a failure is.
fn in_tip(failure: &Failure, tip: &Tip) -> Failure {
    Failure { place: Some(place_in(failure.place.as_ref(), tip)), ..failure.clone() }
}

/// A place in a tip: `refs/heads/a`, or a path in it as git writes that.
fn place_in(place: Option<&Place>, tip: &Tip) -> Place {
    let name = &tip.name;
    match place {
        Some(Place { path, line }) => Place { path: format!("{name}:{path}"), line: *line },
        None => Place { path: name.clone(), line: None },
    }
}
