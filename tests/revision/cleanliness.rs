//! When zips of a revision may take the place of the worktree's: only where both are the same.

use super::{commit, repository};
use crate::support::{Project, git};

/// How a build of HEAD ends that writes zips to their places.
fn built(project: &Project) -> i32 {
    project.run(&["--rev", "HEAD", "-q"]).code
}

#[test]
fn a_new_file_counts_whatever_a_user_wants_to_be_shown() {
    let project = repository();
    git(&project.root(), &["config", "status.showUntrackedFiles", "no"]);
    assert_eq!(built(&project), 0);
    project.write("lambdas/a/new.py", "");
    assert_eq!(built(&project), 2);
}

#[test]
fn a_change_elsewhere_in_the_repository_counts() {
    let project = Project::with(&[
        (".gitignore", "*.zip\n"),
        ("service/lambdas/a/a.py", ""),
        ("shared/x.py", ""),
    ]);
    git(&project.root(), &["init", "--quiet"]);
    commit(&project);
    let built = || {
        let tool = project.tool().directory(project.path("service"));
        tool.run(&["--rev", "HEAD", "-q"]).code
    };
    assert_eq!(built(), 0);
    project.write("shared/x.py", "X = 1\n");
    assert_eq!(built(), 2);
}

#[test]
fn a_change_that_git_was_told_not_to_look_at_counts() {
    for option in ["--assume-unchanged", "--skip-worktree"] {
        let project = repository();
        git(&project.root(), &["update-index", option, "lambdas/a/a.py"]);
        project.write("lambdas/a/a.py", "A = 2\n");
        assert_eq!(git(&project.root(), &["status", "--porcelain"]), "");
        assert_eq!(built(&project), 2, "{option}");
    }
}

#[test]
fn a_branch_without_a_commit_is_not_the_revision() {
    let project = repository();
    let commit = git(&project.root(), &["rev-parse", "HEAD"]);
    git(&project.root(), &["checkout", "--quiet", "--orphan", "new"]);
    let run = project.run(&["--rev", &commit, "-q"]);
    assert_eq!(run.code, 2, "{}", run.text());
}

#[test]
fn looking_does_not_write_the_index() {
    let project = repository();
    project.digests();
    // As it was, at another time: `git status` would take a note of that.
    let index = project.read(".git/index");
    let file = std::fs::File::options().append(true).open(project.path("lambdas/a/a.py"));
    file.and_then(|file| file.set_modified(std::time::UNIX_EPOCH)).expect("a file");

    assert_eq!(built(&project), 0);
    project.write("lambdas/a/a.zip", "");
    assert_eq!(project.run(&["verify", "-q"]).code, 1);

    assert_eq!(project.read(".git/index"), index);
}

/// A name of a folder is no pattern: a change in `a` is none in `a*`.
#[test]
fn a_change_in_one_lambda_is_none_in_another_whose_name_looks_like_a_pattern() {
    let project = repository();
    project.write(".gitattributes", "*.txt ident\n");
    project.write("lambdas/a*/x.txt", "$Id$\n");
    commit(&project);
    let run = project.run(&["--rev", "HEAD", "-q", "--out-dir", "out"]);
    assert_eq!(run.code, 0, "{}", run.text());
    project.write("lambdas/a*/a*.zip", project.read("out/a*.zip"));
    project.write("lambdas/a/a.py", "A = 2\n");

    let run = project.run(&["verify"]);

    let warning = "`a*`: git sees no change in `lambdas/a*/x.txt`";
    assert!(run.stderr.contains(warning), "{}", run.text());
}

/// What git ignores is in the worktree's zip all the same, and a revision does not have it.
#[test]
fn an_ignored_file_counts_where_it_would_be_packaged() {
    for (name, counts) in [
        ("lambdas/a/gen.py", true),
        ("lambdas/a/pylock.toml", true),
        ("lambdas/b/gen.py", false),
        ("lambdas/a/__pycache__/a.pyc", false),
        ("lambdas/a/a.zip", false),
    ] {
        let project = repository();
        project.write(".git/info/exclude", format!("/{name}\n"));
        project.write(name, "");
        let run = project.run(&["build", "a", "--rev", "HEAD", "-q"]);
        assert_eq!(run.code, if counts { 2 } else { 0 }, "{name}: {}", run.text());
        assert_eq!(run.stderr.contains(&format!("which differ by `{name}`")), counts);
        let elsewhere = project.run(&["build", "a", "--rev", "HEAD", "-q", "--out-dir", "out"]);
        assert_eq!(elsewhere.code, 0, "{}", elsewhere.text());
    }
}
