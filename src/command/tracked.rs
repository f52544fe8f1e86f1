//! Files that another machine will not have, or has with other bytes, by what git tracks.

use camino::Utf8PathBuf;

use super::Context;
use crate::pipeline::Inputs;
use crate::report::code;
use crate::report::{Check, CheckStatus, Failure, Subject, Warning};
use crate::tree::{self, Tree};
use crate::verify::Package;
use crate::words;

/// How many files a warning names.
const NAMED: usize = 5;

/// The code of the warning that a lambda's files have line ends which the commit has not.
const LINE_ENDS: &str = code::LINE_ENDS;

/// Returns warnings for each lambda's own files: for those that are packaged and not tracked, and,
/// where a check found a difference, for those with other bytes in a checkout, though git sees no
/// change. That git can't be asked is a warning, too.
pub(super) fn warnings(
    packages: &[Package],
    checks: &[Check],
    context: &Context<'_>,
) -> Vec<(Option<String>, Warning)> {
    let mut warnings = Vec::new();
    if let Err(error) = look(packages, checks, context, &mut warnings) {
        warnings.push((None, not_told(error)));
    }
    warnings
}

fn look(
    packages: &[Package],
    checks: &[Check],
    context: &Context<'_>,
    warnings: &mut Vec<(Option<String>, Warning)>,
) -> Result<(), Failure> {
    let Context { settings, environment, .. } = *context;
    let project = &settings.project;
    let Some(tracked) = tree::tracked(project, environment)? else { return Ok(()) };
    let checkout = settings.tree.checkout();
    let mut commit = None;
    for package in packages {
        let (name, own) = (package.name(), package.own().collect::<Vec<_>>());
        // The index knows the files of submodules, too, and what will be added only later.
        let is_tracked = |path: &&Utf8PathBuf| match checkout {
            Some(checkout) => checkout.tracked(path).is_some(),
            None => tracked.contains(*path),
        };
        let (known, mut unknown): (Vec<_>, Vec<_>) = own.iter().partition(is_tracked);
        // Those that git ignores are counted for all lambdas together.
        if let Some(checkout) = checkout {
            let paths: Vec<_> = unknown.iter().map(|path| path.as_path()).collect();
            let ignored = checkout.ignored(&paths, environment);
            unknown.retain(|path| !ignored.contains(&path.as_path()));
        }
        if !unknown.is_empty() {
            warnings.push((Some(name.to_owned()), untracked(&unknown)));
        }
        let differs = |check: &Check| check.name == name && check.status == CheckStatus::Differs;
        // Its line ends were told of when it was packaged.
        let is_told = package.made.warnings.iter().any(|warning| warning.code == LINE_ENDS);
        if !is_told
            && checks.iter().any(differs)
            && tree::is_clean(project, &[package.folder()], environment)?
        {
            let commit = match &commit {
                Some(commit) => commit,
                None => commit.insert(Tree::at_revision(project, "HEAD", environment)?),
            };
            commit.bring_all(&own.iter().map(|path| &**path).collect::<Vec<_>>());
            let converted = converted(&known, commit, &settings.tree)?;
            if !converted.is_empty() {
                warnings.push((Some(name.to_owned()), other_in_a_checkout(&converted)));
            }
        }
    }
    Ok(())
}

/// The files that have other bytes in a checkout of the commit: git converts line ends, and runs
/// filters, by `text`, `eol` and `filter` in gitattributes(5).
fn converted<'a>(
    paths: &[&'a Utf8PathBuf],
    commit: &Tree,
    worktree: &Tree,
) -> Result<Vec<&'a Utf8PathBuf>, Failure> {
    let mut converted = Vec::new();
    for path in paths {
        if commit.read(path)? != worktree.read(path)? {
            converted.push(*path);
        }
    }
    Ok(converted)
}

/// The warning that git can't be asked, which does not stop the verification.
fn not_told(failure: Failure) -> Warning {
    let Failure { message, causes, hint, .. } = failure;
    let said = [vec![message], causes].concat().join(": ");
    let message = format!("which packaged files no other machine will have is not known: {said}");
    Warning { hint, ..Warning::new("tracking-unknown", message) }
}

fn untracked(paths: &[&Utf8PathBuf]) -> Warning {
    let (verb, it) = if paths.len() == 1 { ("is", "it") } else { ("are", "them") };
    let message = format!(
        "{} {verb} packaged, and git does not track {it}: no other machine will have {it}",
        words::some_of(paths, NAMED)
    );
    Warning::new("untracked-file", message)
        .hint(format!("commit {it}, or leave {it} out with `exclude` in the config"))
}

fn other_in_a_checkout(paths: &[&Utf8PathBuf]) -> Warning {
    let message = format!(
        "git sees no change in {}, but a checkout has other bytes, by the line ends or filters of \
         its attributes",
        words::some_of(paths, NAMED)
    );
    Warning::new("converted-file", message)
        .hint("check the files out anew, or verify what is committed with `--rev HEAD`")
}

/// Adds to each entry of a commit's manifest that differs, why a build would write it again: the
/// worktree has a file that git does not track, or other bytes of one. Errors of the worktree are
/// ignored, since the commit is verified and not the worktree.
pub(super) fn add_reasons(
    packages: &[Package],
    inputs: &[Inputs],
    checks: &mut [Check],
    context: &Context<'_>,
) {
    let is_entry = |check: &&mut Check| {
        check.subject == Subject::Manifest && check.status == CheckStatus::Differs
    };
    let differing = checks.iter_mut().filter(is_entry);
    for check in differing {
        let mut all = packages.iter().zip(inputs);
        let own = all.find(|(package, _)| package.name() == check.name);
        let Some((package, inputs)) = own else { continue };
        if let Ok(Some(reason)) = reason(package, inputs, context) {
            check.message = format!("{}, but {reason}", check.message);
        }
    }
}

fn reason(
    package: &Package,
    inputs: &Inputs,
    context: &Context<'_>,
) -> Result<Option<String>, Failure> {
    let Context { settings, environment, .. } = *context;
    let Some(commit) = settings.tree.commit() else { return Ok(None) };
    let project = &settings.project;
    let worktree = Tree::new(project)?;
    let tracked = tree::tracked(project, environment)?.unwrap_or_default();
    for path in inputs.others(&worktree)? {
        if !tracked.contains(&path) && worktree.kind(&path)?.is_some() {
            return Ok(Some(format!(
                "`{path}` of the worktree is not in the commit: \
                 track it, or leave it out with `exclude`, before that"
            )));
        }
    }
    let is_checked_out = tree::commit(project, "HEAD", environment)?.as_deref() == Some(commit);
    if !is_checked_out || !tree::is_clean(project, &[package.folder()], environment)? {
        return Ok(None);
    }
    let own: Vec<_> = package.own().collect();
    let converted = converted(&own.iter().collect::<Vec<_>>(), &settings.tree, &worktree)?;
    Ok(converted.first().map(|path| {
        format!(
            "`{path}` of the worktree has other bytes than a checkout elsewhere: \
             set its line ends in `.gitattributes`, and check it out anew, before that"
        )
    }))
}
