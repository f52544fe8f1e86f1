//! What another machine will not have: files that git does not track, or has otherwise.

use camino::{Utf8Path, Utf8PathBuf};

use super::super::Context;
use super::subject::{Packaged, Packages};
use crate::error::Error;
use crate::report::{Check, CheckStatus, Failure, Warning};
use crate::tree::{self, Tree};

/// How many files a warning names.
const NAMED: usize = 5;

/// Returns, by lambda, what is odd about its own files beside their commit: those that are
/// packaged and not tracked; and where something differs, those that are other bytes in a
/// checkout, though git sees no change. Where git does not tell, that is odd.
pub(super) fn warnings(
    packages: &Packages,
    checks: &[Check],
    context: &Context<'_>,
) -> Vec<(Option<String>, Warning)> {
    let mut warnings = Vec::new();
    if let Err(error) = look(packages, checks, context, &mut warnings) {
        warnings.push((None, not_told(&error)));
    }
    warnings
}

fn look(
    packages: &Packages,
    checks: &[Check],
    context: &Context<'_>,
    warnings: &mut Vec<(Option<String>, Warning)>,
) -> Result<(), Error> {
    let Context { settings, environment, .. } = *context;
    let Some(tracked) = tree::tracked(&settings.project, environment)? else { return Ok(()) };
    let mut commit = None;
    for packaged in &packages.packages {
        let name = &packaged.known.name;
        let is_tracked = |path: &&Utf8PathBuf| tracked.contains(*path);
        let (known, unknown): (Vec<_>, Vec<_>) = packaged.own.iter().partition(is_tracked);
        if !unknown.is_empty() {
            warnings.push((Some(name.clone()), untracked(&unknown)));
        }
        let differs = |check: &Check| check.name == *name && check.status == CheckStatus::Differs;
        if checks.iter().any(differs) && is_clean(packaged, context)? {
            let commit = match &commit {
                Some(commit) => commit,
                None => commit.insert(Tree::at_revision(&settings.project, "HEAD", environment)?),
            };
            commit.bring_all(&[&packaged.directory]);
            let converted = converted(&known, commit, &settings.tree)?;
            if !converted.is_empty() {
                warnings.push((Some(name.clone()), other_in_a_checkout(&converted)));
            }
        }
    }
    Ok(())
}

/// Whether git sees no change in a lambda's directory.
fn is_clean(packaged: &Packaged, context: &Context<'_>) -> Result<bool, Error> {
    let project = &context.settings.project;
    Ok(tree::is_clean(project, &packaged.directory, context.environment)?)
}

/// The files that a checkout of the commit would write otherwise.
///
/// # Errors
///
/// One of them can't be read.
pub(super) fn converted<'a>(
    paths: &[&'a Utf8PathBuf],
    commit: &Tree,
    worktree: &Tree,
) -> Result<Vec<&'a Utf8PathBuf>, Error> {
    let mut converted = Vec::new();
    for path in paths {
        if commit.read(path)? != worktree.read(path)? {
            converted.push(*path);
        }
    }
    Ok(converted)
}

/// What was to be verified is, all the same.
fn not_told(error: &Error) -> Warning {
    let Failure { message, causes, hint, .. } = error.failure();
    let said = [vec![message], causes].concat().join(": ");
    let message = format!("which packaged files no other machine will have is not known: {said}");
    Warning { code: "tracking-unknown", message, place: None, hint }
}

fn untracked(paths: &[&Utf8PathBuf]) -> Warning {
    let (verb, it) = if paths.len() == 1 { ("is", "it") } else { ("are", "them") };
    Warning {
        code: "untracked-file",
        message: format!(
            "{} {verb} packaged, and git does not track {it}: no other machine will have {it}",
            named(paths)
        ),
        place: None,
        hint: Some(format!("commit {it}, or leave {it} out with `exclude` in the config")),
    }
}

fn other_in_a_checkout(paths: &[&Utf8PathBuf]) -> Warning {
    Warning {
        code: "converted-file",
        message: format!(
            "git sees no change in {}, but a checkout has other bytes, by the line ends or \
             filters of its attributes",
            named(paths)
        ),
        place: None,
        hint: Some(
            "check the files out anew, or verify what is committed with `--rev HEAD`".to_owned(),
        ),
    }
}

fn named(paths: &[&Utf8PathBuf]) -> String {
    let shown = paths.iter().take(NAMED).map(|path| format!("`{}`", Utf8Path::new(path)));
    let shown: Vec<String> = shown.collect();
    match paths.len().saturating_sub(NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
