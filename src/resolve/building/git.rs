//! Which commit a branch or a tag of a repository is.

use crate::process::{self, Program, last_lines};
use crate::report::code;
use crate::report::{Failure, Place};
use crate::resolve::{Context, Error};

/// Returns the commit that a revision names, of a repository that messages call `shown`: itself,
/// if it is one in full; else what the repository says.
pub(super) fn commit(
    repository: &str,
    revision: Option<&str>,
    shown: &str,
    place: &Place,
    context: Context<'_>,
) -> Result<String, Error> {
    if let Some(revision) = revision.filter(|revision| is_commit(revision)) {
        return Ok(revision.to_owned());
    }
    let wanted = revision.unwrap_or("HEAD");
    let failed = |causes: Vec<String>| {
        // Of a malformed address a part of the password may be taken for the host or the revision.
        let wanted = context.heard(wanted);
        Failure::program(code::GIT, format!("git can't find `{wanted}` in `{shown}`"))
            .said(causes.into_iter().map(|it| context.heard(&it.replace(repository, shown))))
            .place(place.clone())
            .hint("check the address, and that the branch or tag was pushed")
    };
    // An annotated tag is an object of its own; `^{}` peels it to its commit (gitrevisions).
    // `--` ends the options: neither a repository nor a revision can be one.
    let behind_tag = format!("{wanted}^{{}}");
    let arguments = ["ls-remote", "--", repository, wanted, &behind_tag];
    let mut program = Program::new("git", arguments, context.environment.for_git());
    program.what = format!("`git ls-remote` of `{shown}`");
    let output = program.run().map_err(|error| match error {
        process::Error::Start { .. } => {
            let message = "git is needed to read a repository, and there is no `git` on PATH";
            Failure::program(code::NO_GIT, message).place(place.clone()).hint("install git")
        }
        process::Error::Folder { .. }
        | process::Error::Late { .. }
        | process::Error::TooLong { .. }
        | process::Error::Wait { .. } => error.failure(code::GIT).place(place.clone()),
    })?;
    if !output.success {
        return Err(failed(last_lines(&output.stderr, 4)).into());
    }
    // `COMMIT<TAB>REFERENCE`; `…^{}` is the commit that an annotated tag is for. Where a branch and
    // a tag have one name, pip takes the branch (`get_revision_sha` in pip/_internal/vcs/git.py).
    let said = output.text();
    let rows: Vec<(&str, &str)> = said.lines().filter_map(|line| line.split_once('\t')).collect();
    let named = |reference: &str| rows.iter().find(|(_, it)| *it == reference).map(|row| row.0);
    let found = [
        named(&format!("refs/heads/{wanted}")),
        named(&format!("refs/tags/{behind_tag}")),
        named(&format!("refs/tags/{wanted}")),
        named(&behind_tag),
        named(wanted),
    ];
    let found = found.into_iter().flatten().next();
    // `git ls-remote` knows references and no other commits, so an abbreviated one can't be looked
    // up. git abbreviates to 7 digits or more (git-describe(1), `--abbrev`).
    let none = if wanted.len() >= 7 && wanted.chars().all(|c| c.is_ascii_hexdigit()) {
        "it has no such branch or tag, and a commit must be written in full"
    } else {
        "it has no such branch or tag"
    };
    found.map(str::to_owned).ok_or_else(|| failed(vec![none.to_owned()]).into())
}

/// Whether a revision is a commit in full: SHA-1, or SHA-256 (git-init(1), `--object-format`).
pub(in crate::resolve) fn is_commit(revision: &str) -> bool {
    matches!(revision.len(), 40 | 64) && revision.chars().all(|c| c.is_ascii_hexdigit())
}
