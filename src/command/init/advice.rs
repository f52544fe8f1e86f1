//! What is left to the user: git is asked, so that all of it is true.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use globset::{GlobBuilder, GlobMatcher};

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
    let lines = patterns(open.copied());
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

/// The patterns of zips, relative to the root, but for those of which another one matches all zips.
pub(super) fn patterns<'a>(zips: impl Iterator<Item = &'a Utf8Path>) -> Vec<String> {
    let mut of_pattern: BTreeMap<String, Vec<&Utf8Path>> = BTreeMap::new();
    zips.for_each(|zip| of_pattern.entry(pattern(zip)).or_default().push(zip));
    // Where two match the same, the wider one comes first.
    let mut patterns: Vec<(String, Vec<&Utf8Path>)> = of_pattern.into_iter().collect();
    patterns.sort_by_key(|(pattern, _)| Reverse(pattern.matches('*').count()));
    let mut kept: Vec<(String, Option<GlobMatcher>)> = Vec::new();
    for (pattern, zips) in patterns {
        let is_matched = |zip: &&Utf8Path| {
            kept.iter().any(|(_, it)| it.as_ref().is_some_and(|matcher| matcher.is_match(zip)))
        };
        if !zips.iter().all(is_matched) {
            let glob = GlobBuilder::new(&pattern[1..]).literal_separator(true).build();
            // A folder may be called like half a glob.
            kept.push((pattern, glob.ok().map(|glob| glob.compile_matcher())));
        }
    }
    let mut kept: Vec<String> = kept.into_iter().map(|(pattern, _)| pattern).collect();
    kept.sort();
    kept
}

/// The zips, relative to the root, as one pattern: what is a zip's own name, or a part of it, is any
/// name.
fn pattern(zip: &Utf8Path) -> String {
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
    fn a_pattern_that_another_one_makes_superfluous_is_none() {
        for (zips, expected) in [
            (&["lambda/a/a.zip", "lambda/b-c/b_c.zip"][..], &["/lambda/*/*.zip"][..]),
            (
                &["lambda/b-c/b_c.zip", "lambda/d-e/d_e.zip"],
                &["/lambda/b-c/*.zip", "/lambda/d-e/*.zip"],
            ),
            (&["a.zip", "lambda/a.zip"], &["/*.zip", "/lambda/*.zip"]),
            (&["x/a/a.zip", "x/a/b.zip", "x/b/b.zip"], &["/x/*/*.zip"]),
            (&[], &[]),
        ] {
            assert_eq!(patterns(zips.iter().copied().map(Utf8Path::new)), expected, "{zips:?}");
        }
    }

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
