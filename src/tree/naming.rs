//! Finds the commit that a name means.

use super::RevisionError;
use super::error::Said;
use super::git::Git;

/// Returns the commit, in full, that a name means: whatever git takes for one commit.
///
/// # Errors
///
/// There is no git; no such commit, with git's words where it has some.
pub(super) fn commit(git: &Git, name: &str) -> Result<String, RevisionError> {
    let unknown = |said| RevisionError::Unknown { revision: name.to_owned(), said };
    // An option is no name, and neither is nothing.
    if name.is_empty() || name.starts_with('-') {
        return Err(unknown(None));
    }
    // What is looked for in messages ends where the name ends: nothing can be said behind it.
    let found = match name.starts_with(":/") {
        true => verified(git, name)?.map_err(unknown)?,
        false => name.to_owned(),
    };
    let commit = verified(git, &format!("{found}^{{commit}}"))?.map_err(unknown)?;
    // `^NAME` means all commits but those.
    let is_one = commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_one { Ok(commit) } else { Err(unknown(None)) }
}

fn verified(git: &Git, name: &str) -> Result<Result<String, Option<Said>>, RevisionError> {
    let answer = git.answer(&["rev-parse", "--verify", "--quiet", name])?;
    Ok(answer.map(|object| object.trim().to_owned()))
}
