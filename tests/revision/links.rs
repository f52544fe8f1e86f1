//! Links in a commit lead where they lead in a worktree.

use std::os::unix::fs::symlink;

use super::{commit, repository};
use crate::building::Library;
use crate::support::Project;

fn link(project: &Project, target: &str, path: &str) {
    let path = project.path(path);
    std::fs::create_dir_all(path.parent().expect("a link is in a folder")).expect("folders");
    symlink(target, path).expect("a link");
}

/// A commit and its worktree say the same, hashes and errors.
fn assert_as_in_the_worktree(project: &Project, code: i32) {
    commit(project);
    let worktree = project.run(&["-n"]);
    assert_eq!(worktree.code, code, "{}", worktree.text());
    assert_eq!(project.run(&["-n", "--rev", "HEAD"]), worktree);
}

#[test]
fn folders_that_lead_to_each_other_are_errors_of_their_lambdas() {
    let project = repository();
    project.write("lambdas/c/c.py", "");
    link(&project, "../b", "lambdas/a/b");
    link(&project, "../a", "lambdas/b/a");
    link(&project, ".", "lambdas/a/self");
    link(&project, "../../..", "lambdas/a/deep/top");
    assert_as_in_the_worktree(&project, 4);
    project.write("dofs-package.toml", "exclude = [\"a\", \"b\", \"self\", \"deep\"]\n");
    assert_as_in_the_worktree(&project, 0);
}

#[test]
fn links_in_the_folder_of_a_local_project_may_lead_in_a_circle() {
    let project = repository();
    project.write("dofs-package.toml", "python = \"3.12\"\n");
    Library::new("shared", "1.0").write(&project.path("shared"));
    link(&project, "src/shared", "shared/again");
    link(&project, "../../shared", "shared/src/top");
    project.write("lambdas/a/requirements.txt", "-e ../../shared\n");
    assert_as_in_the_worktree(&project, 4);
}

#[test]
fn lambdas_may_be_behind_a_link() {
    let project = repository();
    std::fs::rename(project.path("lambdas"), project.path("sources")).expect("a folder");
    link(&project, "sources", "lambdas");
    project.write("dofs-package.toml", "");
    link(&project, "a.py", "sources/a/link.py");
    assert_as_in_the_worktree(&project, 0);
}

#[test]
fn a_lambda_that_is_a_link() {
    let project = repository();
    project.write("elsewhere/c.py", "");
    link(&project, "../elsewhere", "lambdas/c");
    assert_as_in_the_worktree(&project, 4);
}

#[test]
fn a_link_to_a_file_of_the_same_lambda_through_others() {
    let project = repository();
    project.write("lambdas/a/deep/er/x.py", "X = 1\n");
    link(&project, "deep", "lambdas/a/short");
    link(&project, "short/er/x.py", "lambdas/a/x.py");
    project.write("dofs-package.toml", "exclude = [\"short\"]\n");
    assert_as_in_the_worktree(&project, 0);
}

#[test]
fn links_that_lead_nowhere_or_out() {
    let project = repository();
    project.write("lambdas/c/c.py", "");
    link(&project, "nothing", "lambdas/a/nothing");
    link(&project, "/etc/hostname", "lambdas/b/out");
    assert_as_in_the_worktree(&project, 4);
}
