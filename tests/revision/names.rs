//! Names of files in a commit: all that git can carry.

use super::{at, commit, repository};
use crate::support::{Project, git};

/// Commits a file whose name is no text, which a worktree of another system may not take.
fn commit_odd(project: &Project, path: &[u8]) {
    let script = format!(
        "printf '100644 '$(git hash-object -w --stdin < /dev/null)'\\t{}\\0' | \
         git update-index -z --index-info && git commit --quiet --message odd",
        path.iter().map(|byte| format!("\\{byte:03o}")).collect::<String>()
    );
    // `!` lets git run a shell, as somebody.
    git(&project.root(), &["-c", &format!("alias.odd=!{script}"), "odd"]);
}

#[test]
fn a_name_that_is_no_text_is_of_no_matter_elsewhere() {
    let project = repository();
    let before = at(&project, "HEAD");
    commit_odd(&project, b"docs/\xff\xfe/x.md");
    commit_odd(&project, b"\xff.tf");
    commit_odd(&project, b"lambdas/\xff.txt");

    assert_eq!(at(&project, "HEAD"), before);
}

// Other file systems take no such names.
#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_no_text_fails_its_lambda_as_in_the_worktree() {
    let project = repository();
    commit_odd(&project, b"lambdas/a/\xff.py");
    git(&project.root(), &["reset", "--quiet", "--hard"]);

    let worktree = project.run(&["-n"]);

    assert_eq!((worktree.code, worktree.digests().len()), (4, 1), "{}", worktree.text());
    assert_eq!(project.run(&["-n", "--rev", "HEAD"]), worktree);
}

#[cfg(target_os = "linux")]
#[test]
fn a_lambda_whose_name_is_no_text_is_refused_as_in_the_worktree() {
    let project = repository();
    commit_odd(&project, b"lambdas/\xff/x.py");
    git(&project.root(), &["reset", "--quiet", "--hard"]);

    let worktree = project.run(&["-n"]);

    assert_eq!((worktree.code, worktree.digests().len()), (4, 2), "{}", worktree.text());
    assert_eq!(project.run(&["-n", "--rev", "HEAD"]), worktree);
}

#[cfg(unix)]
#[test]
fn other_names_are_packaged_as_they_are() {
    let project = repository();
    for name in ["-x.py", "a b.py", "\"q\".py", "é.py", "e\u{301}2.py", "'.py", "$(x).py", "%s.py"]
    {
        project.write(&format!("lambdas/a/{name}"), name);
    }
    commit(&project);

    assert_eq!(at(&project, "HEAD"), project.digests());
}

#[cfg(unix)]
#[test]
fn a_name_that_a_package_can_not_carry_fails_its_lambda_as_in_the_worktree() {
    let project = repository();
    project.write("lambdas/a/new\nline.py", "");
    commit(&project);

    let worktree = project.run(&["-n"]);

    assert_eq!((worktree.code, worktree.digests().len()), (4, 1), "{}", worktree.text());
    assert_eq!(project.run(&["-n", "--rev", "HEAD"]), worktree);
}
