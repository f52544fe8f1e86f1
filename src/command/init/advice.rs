//! What is left to the user: git is asked, so that all of it is true.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::environment::Environment;
use crate::report::Failure;
use crate::tree::{self, Tree, slashes};
use crate::words::{self, shell};

/// How many lines or files one advice names.
const NAMED: usize = 5;

/// What git has, or would have, of zips, whose paths are relative to the root; nothing outside of a
/// repository.
pub(super) fn of_git(
    tree: &Tree,
    zips: &[Utf8PathBuf],
    environment: &Environment,
) -> Result<Vec<String>, Failure> {
    let Some(checkout) = tree.checkout() else { return Ok(Vec::new()) };
    // A repository around the project that has nothing of it, as of somebody's home, is not its own.
    if tree::top(tree.root())? != Some(tree.root()) && !checkout.has(Utf8Path::new("")) {
        return Ok(Vec::new());
    }
    let mut advice = Vec::new();
    let paths: Vec<&Utf8Path> = zips.iter().map(Utf8PathBuf::as_path).collect();
    let ignored = checkout.ignored(&paths, environment);
    let open = paths.iter().filter(|path| !ignored.contains(path));
    let lines: BTreeSet<String> = open.map(|path| pattern(path)).collect();
    let lines: Vec<String> = lines.into_iter().collect();
    if !lines.is_empty() {
        let noun = if lines.len() == 1 { "the line" } else { "the lines" };
        let lines = words::some_of(&lines, NAMED);
        advice.push(format!("keep zips out of git: {noun} {lines} in .gitignore"));
    }
    let tracked: Vec<String> = paths
        .iter()
        .filter(|path| checkout.tracked(path).is_some())
        .map(|path| shell(&slashes(path)))
        .collect();
    if !tracked.is_empty() {
        advice.push(format!("take zips out of git: `git rm --cached {}`", tracked.join(" ")));
    }
    Ok(advice)
}

/// The zips, relative to the root, as one pattern: what is a zip's own name, or a part of it, is any
/// name.
pub(super) fn pattern(zip: &Utf8Path) -> String {
    let stem = zip.file_stem().unwrap_or_default();
    let folders = zip.parent().into_iter().flat_map(Utf8Path::components);
    let part = |folder: &str| match stem == folder || stem.split('-').any(|it| it == folder) {
        true => "*".to_owned(),
        false => folder.to_owned(),
    };
    let mut parts: Vec<String> = folders.map(|folder| part(folder.as_str())).collect();
    parts.push("*.zip".to_owned());
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zips_of_a_layout_are_one_pattern() {
        for (zip, expected) in [
            ("lambdas/api/api.zip", "/lambdas/*/*.zip"),
            ("functions/pay/src/pay.zip", "/functions/*/src/*.zip"),
            ("api/consumer/status/consumer-status.zip", "/api/*/*/*.zip"),
            ("dist/api.zip", "/dist/*.zip"),
            ("api.zip", "/*.zip"),
        ] {
            assert_eq!(pattern(zip.into()), expected);
        }
    }
}
