//! `init --terraform`: the edits of Terraform's files as a unified diff, or made.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::config::quoted;
use crate::adopt::{self, Packages, Proposed};
use crate::archive::unified;
use crate::command::write_files;
use crate::environment::Environment;
use crate::report::{ByHand, Failure, Place, TerraformEdits, WrittenFile};
use crate::settings::CONFIG;
use crate::terraform::Candidate;
use crate::tree::{self, Tree, slashes};
use crate::words::shell;

/// What functions are to take, by the config that is there or by the one that is proposed.
pub(super) struct Wanted<'a> {
    pub(super) lambdas: &'a [Candidate],
    /// Where the package manifest is, or would be, relative to the root.
    pub(super) manifest: Utf8PathBuf,
    /// The folders of the root modules, where the config names them.
    pub(super) roots: Option<&'a [Utf8PathBuf]>,
    /// The config, where one is there; else the text of the one that is proposed.
    pub(super) config: Result<&'static str, Option<String>>,
    /// Whether the config names the manifest.
    pub(super) is_configured: bool,
}

/// What became of the files, and what is to be said of it.
pub(super) struct Edited {
    pub(super) answer: TerraformEdits,
    pub(super) files: Vec<WrittenFile>,
    /// What is left to the user: a sentence each, with what is to be done about it.
    pub(super) unclear: Vec<(String, Vec<String>)>,
    /// Why nothing is changed.
    pub(super) skipped: Option<String>,
    /// The next steps.
    pub(super) advice: Vec<String>,
}

/// Proposes the edits, and makes them with `write`.
///
/// # Errors
///
/// With `write`, where git has not got all of the files as they are: then none is written.
pub(super) fn edit(
    tree: &Tree,
    wanted: &Wanted<'_>,
    write: bool,
    environment: &Environment,
) -> Result<Edited, Failure> {
    let Wanted { lambdas, ref manifest, roots, ref config, is_configured } = *wanted;
    if manifest.starts_with("..") || manifest.is_absolute() {
        let message = format!("the package manifest `{manifest}` is outside of the root");
        return Err(Failure::input("manifest-outside", message)
            .hint("set `manifest` to a path inside of it, beside the `*.tf` files"));
    }
    let packages = Packages { lambdas, manifest, roots };
    let Proposed { files, edits, mut by_hand, is_adopted } =
        adopt::edit(tree, &packages, environment)?;
    let mut changed: BTreeMap<Utf8PathBuf, (Option<String>, String)> =
        files.into_iter().map(|(path, (before, after))| (path, (Some(before), after))).collect();
    let has_work = !changed.is_empty() || !by_hand.is_empty();
    if has_work && !is_configured {
        let line = format!("manifest = {}", quoted(&slashes(manifest)));
        match config {
            Err(text) => {
                let text = text.clone().map(|text| (CONFIG.into(), (None, text)));
                changed.extend(text);
            }
            Ok(path) if *path == CONFIG => {
                let bytes = tree.read_found(Utf8Path::new(path))?;
                let before = String::from_utf8_lossy(&bytes).into_owned();
                let after = with_key(&before, &line);
                changed.insert(CONFIG.into(), (Some(before), after));
            }
            Ok(path) => by_hand.push(ByHand {
                place: Some(Place::new(path, None)),
                message: format!("`{path}` names no package manifest"),
                lines: vec![line],
            }),
        }
    }
    let diff = changed.iter().map(|(path, (before, after))| diff(path, before.as_deref(), after));
    let diff: String = diff.collect();
    let mut written = Vec::new();
    if write && !changed.is_empty() {
        let there = changed.iter().filter(|(_, (before, _))| before.is_some());
        refuse_unclean(tree, there.map(|(path, _)| path), environment)?;
        write_files(tree, changed.iter().map(|(path, (_, after))| (path, after)))?;
        written.extend(changed.keys().map(|path| WrittenFile::new(slashes(path), "written")));
    }
    let unclear = by_hand.iter().map(|ByHand { place, message, lines }| {
        let at = place.as_ref().map(ToString::to_string).unwrap_or_default();
        let lines = lines.iter().map(|line| format!("write at {at}: {line}")).collect();
        (format!("{at}: {message}"), lines)
    });
    let unclear = unclear.collect();
    let skipped = changed.is_empty().then(|| {
        let why = match (by_hand.is_empty(), is_adopted) {
            (false, _) => "nothing in them can be edited",
            (true, true) => "their functions take the packages already",
            (true, false) => "no function in them is made of a lambda here",
        };
        format!("Terraform's files: {why}")
    });
    let advice = match skipped {
        Some(_) => Vec::new(),
        None => next(manifest, &changed, write),
    };
    let answer = TerraformEdits { diff, edits, by_hand, is_written: write };
    Ok(Edited { answer, files: written, unclear, skipped, advice })
}

/// The next steps for the user.
fn next(
    manifest: &Utf8Path,
    changed: &BTreeMap<Utf8PathBuf, (Option<String>, String)>,
    write: bool,
) -> Vec<String> {
    if !write {
        return vec![
            "make these edits with `cargo dofs-package init --terraform --write`".to_owned(),
        ];
    }
    let mut next = vec![format!(
        "package with `cargo dofs-package` before Terraform plans: it reads `{}`, which is made to be \
         committed",
        slashes(manifest)
    )];
    if changed.values().any(|(_, after)| after.contains("var.require_packages")) {
        next.push(
            "apply with `-var=require_packages=true`: Terraform refuses packages then that are missing \
             or old"
                .to_owned(),
        );
    }
    next
}

/// The change of one file, as `git apply` and `patch -p1` take it.
fn diff(path: &Utf8Path, before: Option<&str>, after: &str) -> String {
    let path = slashes(path);
    // A blank in a name would be its end.
    let end = if path.contains(' ') { "\t" } else { "" };
    let old = match before {
        Some(_) => format!("a/{path}{end}"),
        None => "/dev/null".to_owned(),
    };
    format!("--- {old}\n+++ b/{path}{end}\n{}", unified(before.unwrap_or_default(), after))
}

/// A config with another key at its top: before the first table and what is said of that.
fn with_key(text: &str, line: &str) -> String {
    let header = text.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line))
    });
    let lines: Vec<(usize, &str)> = header.collect();
    let first = lines.iter().position(|(_, line)| line.starts_with('[')).unwrap_or(lines.len());
    let is_said = |(_, line): &&(usize, &str)| !line.trim().is_empty() && !line.starts_with('#');
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let last = lines[..first].iter().rev().find(is_said);
    match last {
        Some((at, own)) => {
            let end = at + own.len();
            let gap = if own.ends_with('\n') { "" } else { newline };
            format!("{}{gap}{line}{newline}{}", &text[..end], &text[end..])
        }
        None => {
            let gap = if text.is_empty() { "" } else { newline };
            format!("{line}{newline}{gap}{text}")
        }
    }
}

/// Refuses files that git could not give back.
fn refuse_unclean<'a>(
    tree: &Tree,
    paths: impl Iterator<Item = &'a Utf8PathBuf>,
    environment: &Environment,
) -> Result<(), Failure> {
    let paths: Vec<&Utf8Path> = paths.map(|path| path.as_path()).collect();
    let tracked = tree::tracked(tree.root(), environment)?;
    let is_tracked = |path: &Utf8Path| tracked.as_ref().is_some_and(|all| all.contains(path));
    let refuse = |path: &Utf8Path, what: &str| {
        let path = slashes(path);
        let message = format!("`{path}` {what}, so no file is edited");
        let hint = format!("commit it first: `git add {}`", shell(&path));
        Err(Failure::input("unclean-file", message).hint(hint).at(path, None))
    };
    if let Some(path) = paths.iter().find(|path| !is_tracked(path)) {
        return refuse(path, "is not in git");
    }
    // One question for all; only where something is to be told, one for each.
    if tree::is_clean(tree.root(), &paths, environment)? {
        return Ok(());
    }
    for path in &paths {
        if !tree::is_clean(tree.root(), &[path], environment)? {
            return refuse(path, "has uncommitted changes");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_before_the_tables() {
        for (text, expected) in [
            ("", "k = 1\n"),
            ("a = 1\n", "a = 1\nk = 1\n"),
            ("a = 1", "a = 1\nk = 1\n"),
            ("a = 1\n\n# t\n[t]\nb = 2\n", "a = 1\nk = 1\n\n# t\n[t]\nb = 2\n"),
            ("# c\n[t]\n", "k = 1\n\n# c\n[t]\n"),
            ("a = 1\r\n\r\n[t]\r\n", "a = 1\r\nk = 1\r\n\r\n[t]\r\n"),
        ] {
            assert_eq!(with_key(text, "k = 1"), expected, "{text:?}");
        }
    }

    #[test]
    fn a_diff_names_files_as_git_does() {
        assert_eq!(
            diff("a b.tf".into(), Some("1\n"), "2\n"),
            "--- a/a b.tf\t\n+++ b/a b.tf\t\n@@ -1 +1 @@\n-1\n+2\n"
        );
        assert_eq!(diff("x".into(), None, "2\n"), "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+2\n");
    }
}
