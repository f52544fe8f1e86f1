//! `hook run`: verifies the tip of each pushed ref, also where another one fails.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::project_or_none;
use super::pushed::{self, Tip};
use crate::command::verify::{Verify, compare};
use crate::command::{Context, Invocation, manifest};
use crate::event::{Event, Reporter};
use crate::lambda;
use crate::manifest::Scope;
use crate::report::code;
use crate::report::{Check, Failure, NamedWarning, Place, Verified, Warning};
use crate::settings::{PackageOptions, ProjectOptions, ResolveOptions};
use crate::tree::{self, AtPath};
use crate::verify::{Disk, of_no_lambda};
use crate::words::shell;

/// How what is pushed is verified.
#[derive(Debug, Args)]
pub(crate) struct RunOptions {
    /// What git passes on: the remote's name and address
    #[arg(hide = true)]
    remote: Vec<String>,
    #[command(flatten)]
    resolve: ResolveOptions,
}

/// The repository, with the project in it.
struct Repository {
    /// A folder of the worktree: the project's root, if it exists there.
    folder: Utf8PathBuf,
    /// The project's root, relative to the folder; empty where it is the folder.
    project: Utf8PathBuf,
    /// The project's root, relative to the top of the worktree; empty where it is the top.
    prefix: Utf8PathBuf,
    /// The commit that is checked out, if one is.
    head: Option<String>,
}

/// Verifies the tip of each ref that is pushed, as git says on standard input.
pub(crate) fn run(
    options: &RunOptions,
    stdin: &[u8],
    invocation: Invocation<'_>,
) -> Result<Verified, Failure> {
    let Invocation { environment, reporter, .. } = invocation;
    let mut all = Verified::default();
    let (tips, warning) = pushed::tips(stdin, &options.remote, environment)?;
    if let Some(warning) = warning {
        reporter.warn(&warning);
        all.warnings.push(NamedWarning { name: None, warning });
    }
    if tips.is_empty() {
        skip(reporter, "what is pushed: it only deletes");
        return Ok(all);
    }
    let repository = find(invocation)?;
    let resolve = options.resolve.clone();
    let package = &PackageOptions { resolve, ..PackageOptions::default() };
    let mut commits = BTreeSet::new();
    for tip in &tips {
        let commit = tree::commit(&repository.folder, &tip.object, environment);
        let verified = commit.and_then(|commit| match commit {
            None => {
                let why = format!("{}: it is no commit, and has no manifest", tip.name);
                Ok(skip(reporter, &why))
            }
            // Tags and branches may point to one commit, which is verified once.
            Some(commit) if !commits.insert(commit.clone()) => Ok(Verified::default()),
            Some(commit) => verify_tip(tip, &commit, &repository, package, invocation),
        });
        match verified {
            Ok(verified) => {
                all.checks.extend(verified.checks);
                all.failures.extend(verified.failures);
                all.warnings.extend(verified.warnings);
            }
            Err(failure) => {
                let failure = in_tip(failure, tip);
                reporter.report(&Event::Failed(&failure));
                all.failures.push(failure);
            }
        }
    }
    Ok(all)
}

/// Compares the manifest in a commit with the sources in it.
fn verify_tip(
    tip: &Tip,
    commit: &str,
    repository: &Repository,
    package: &PackageOptions,
    invocation: Invocation<'_>,
) -> Result<Verified, Failure> {
    let Invocation { environment, reporter, .. } = invocation;
    let Repository { folder, project: below, prefix, head } = repository;
    if below != "" {
        // The worktree may be of a branch that never had the project.
        match tree::at_path(folder, commit, below, environment)? {
            AtPath::Folder => {}
            AtPath::Other => return Err(no_folder(below)),
            AtPath::Nothing => {
                return Ok(skip(reporter, &format!("{}: it has no folder `{below}`", tip.name)));
            }
        }
    }
    let root = Some(tree::normal(&folder.join(below)));
    let project = &ProjectOptions { root, ..invocation.project.clone() };
    let invocation = Invocation { project, ..invocation };
    let verified = invocation.with_context(&package.at(commit), |context| {
        let reporter = OfTip { tip, reporter: context.reporter };
        verify_commit(&context.with_reporter(&reporter))
    });
    let Some(mut verified) = verified? else {
        return Ok(skip(reporter, &format!("{}: it has no lambdas", tip.name)));
    };
    for check in &mut verified.checks {
        check.address = Some(match prefix.as_str() {
            "" => tip.name.clone(),
            prefix => format!("{}:{prefix}", tip.name),
        });
        // The advice to run a build would write the manifest of the commit that is checked out.
        if check.status.is_difference() && head.as_deref() != Some(commit) {
            check.message += ", where that is checked out";
        }
    }
    let failures = std::mem::take(&mut verified.failures);
    verified.failures = failures.into_iter().map(|failure| in_tip(failure, tip)).collect();
    Ok(verified)
}

/// Verifies the manifest of the context's commit; none where the commit has neither lambdas nor
/// entries of lambdas.
fn verify_commit(context: &Context<'_>) -> Result<Option<Verified>, Failure> {
    let settings = context.settings;
    let lambdas = lambda::discover(&settings.tree, &settings.places);
    if lambdas.is_err_and(|failure| failure.code == lambda::NO_LAMBDAS) {
        let entries = manifest::read(settings, Scope::Some)?.unwrap_or_default().0;
        let path = settings.manifest.as_deref().map(|path| settings.shown(path));
        let path = path.unwrap_or_default();
        // No build removes them: there is no lambda left to build.
        let message =
            format!("there is no such lambda, nor any other: remove `{path}`, and commit that");
        let left = entries.iter().map(|(name, entry)| of_no_lambda(name, entry, message.clone()));
        let checks: Vec<Check> = left.collect();
        return Ok((!checks.is_empty()).then(|| Verified { checks, ..Verified::default() }));
    }
    let request = Verify { disk: Disk::Manifest, ..Verify::default() };
    compare(&request, context).map(Some)
}

/// Reports that something is not verified: silence would look like success.
fn skip(reporter: &dyn Reporter, why: &str) -> Verified {
    reporter.report(&Event::Skipped(why));
    Verified::default()
}

/// The failure of a commit where the project's root is no folder, while the worktree does not have
/// it.
fn no_folder(root: &Utf8Path) -> Failure {
    let message = format!("`{root}` is no folder of the commit, but a link, a file or a submodule");
    let hint = format!(
        "name the project by the folder that a link leads to; or, if it is gone for good: \
         `cargo dofs-package hook uninstall --root={}`",
        shell(root.as_str())
    );
    Failure::input(code::NO_ROOT, message).hint(hint)
}

fn find(invocation: Invocation<'_>) -> Result<Repository, Failure> {
    let environment = invocation.environment;
    let (folder, project) = project_or_none(invocation)?;
    let prefix = tree::normal(&tree::prefix(&folder, environment)?.join(&project));
    // A branch without a commit has none.
    let head = tree::commit(&folder, "HEAD", environment).ok().flatten();
    Ok(Repository { folder, project, prefix, head })
}

/// Adds the tip to the places of failures and warnings: several may be pushed.
struct OfTip<'a> {
    tip: &'a Tip,
    reporter: &'a dyn Reporter,
}

impl Reporter for OfTip<'_> {
    fn report(&self, event: &Event<'_>) {
        match event {
            Event::Failed(failure) => {
                self.reporter.report(&Event::Failed(&in_tip((*failure).clone(), self.tip)));
            }
            Event::Warned { lambda, warning, is_answer } => {
                let place = place_in(warning.place.as_ref(), self.tip);
                let warning = &Warning::clone(warning).place(place);
                let (lambda, is_answer) = (*lambda, *is_answer);
                self.reporter.report(&Event::Warned { lambda, warning, is_answer });
            }
            event => self.reporter.report(event),
        }
    }
}

/// Adds the tip to the place of a failure.
fn in_tip(failure: Failure, tip: &Tip) -> Failure {
    let place = place_in(failure.place.as_ref(), tip);
    failure.place(place)
}

/// A place in a tip: `refs/heads/a`, or `refs/heads/a:PATH` as git writes a path in a commit
/// (gitrevisions(7)).
fn place_in(place: Option<&Place>, tip: &Tip) -> Place {
    let name = &tip.name;
    match place {
        Some(Place { path, line }) => Place { path: format!("{name}:{path}"), line: *line },
        None => Place { path: name.clone(), line: None },
    }
}
