//! `--rev`: packages of a commit, whatever the worktree has.

mod changed;
mod cleanliness;
mod clones;
mod configs;
mod conversions;
mod links;
mod names;
mod refusals;
mod repositories;
mod sources;
mod submodules;

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::{Project, git};

/// A project with a repository at its root, and two lambdas in its first commit.
fn repository() -> Project {
    let project = Project::with(&[
        (".gitignore", "*.zip\n"),
        ("lambdas/a/a.py", "A = 1\n"),
        ("lambdas/b/b.py", "B = 1\n"),
    ]);
    git(&project.root(), &["init", "--quiet"]);
    commit(&project);
    project
}

/// Commits all there is, and returns the commit.
fn commit(project: &Project) -> String {
    git(&project.root(), &["add", "--all"]);
    git(&project.root(), &["commit", "--quiet", "--allow-empty", "--message", "a change"]);
    git(&project.root(), &["rev-parse", "HEAD"])
}

/// Sets one of the user's settings of git: filters of the repository's own are not run.
fn configure(project: &Project, name: &str, value: &str) {
    let file = project.home().join(".gitconfig").display().to_string();
    git(&project.home(), &["config", "--file", &file, name, value]);
}

/// The digests of a revision, by lambda.
fn at(project: &Project, revision: &str) -> BTreeMap<String, String> {
    let run = project.run(&["-q", "-n", "--rev", revision]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.digests()
}

/// The digests of a fresh clone, on a machine with no configuration of git's.
fn cloned(project: &Project, folder: &Path) -> BTreeMap<String, String> {
    let source = project.root();
    git(
        &project.home(),
        &["clone", "--quiet", &source.display().to_string(), &folder.display().to_string()],
    );
    let run = project.tool().directory(folder).run(&["-q", "-n"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.digests()
}

/// Everything below the root but the repository's objects, for a look before and after.
fn everything(project: &Project) -> BTreeMap<String, Vec<u8>> {
    let mut files = crate::support::installed(&project.root());
    files.retain(|path, _| !path.starts_with(".git/objects"));
    files.into_iter().map(|(path, (bytes, _))| (path, bytes)).collect()
}
