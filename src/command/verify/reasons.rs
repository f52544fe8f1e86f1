//! Why a build in the worktree would not mend the manifest of a commit.

use super::super::Context;
use super::subject::{Packaged, Packages};
use super::tracked::converted;
use crate::error::Error;
use crate::report::{Check, CheckStatus};
use crate::tree::{self, Tree};

/// Says with each entry of a commit's manifest that differs, why a build would write that again:
/// the worktree has a file that git does not track, or other bytes of one. What can't be told of
/// a worktree is not said: it is not what is verified.
pub(super) fn add(packages: &Packages, checks: &mut [Check], context: &Context<'_>) {
    let differing = checks.iter_mut().filter(|check| check.status == CheckStatus::Differs);
    for check in differing {
        let Some(packaged) = packages.named(&check.name) else { continue };
        if let Ok(Some(reason)) = reason(packaged, context) {
            check.message = format!("{}, but {reason}", check.message);
        }
    }
}

fn reason(packaged: &Packaged, context: &Context<'_>) -> Result<Option<String>, Error> {
    let Context { settings, environment, .. } = *context;
    let Some(commit) = settings.tree.commit() else { return Ok(None) };
    let project = &settings.project;
    let worktree = Tree::new(project)?;
    let tracked = tree::tracked(project, environment)?.unwrap_or_default();
    for path in packaged.counted.others(&worktree)? {
        if !tracked.contains(&path) && worktree.kind(&path)?.is_some() {
            return Ok(Some(format!(
                "`{path}` of the worktree is not in the commit: \
                 track it, or leave it out with `exclude`, before that"
            )));
        }
    }
    let is_checked_out = tree::commit(project, "HEAD", environment)?.as_deref() == Some(commit);
    if !is_checked_out || !tree::is_clean(project, &packaged.directory, environment)? {
        return Ok(None);
    }
    let own: Vec<_> = packaged.own.iter().collect();
    let converted = converted(&own, &settings.tree, &worktree)?;
    Ok(converted.first().map(|path| {
        format!(
            "`{path}` of the worktree has other bytes than a checkout elsewhere: \
             set its line ends in `.gitattributes`, and check it out anew, before that"
        )
    }))
}
