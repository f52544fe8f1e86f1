//! `--changed-since`: which packages differ, by what is in them.

use super::{commit, repository};
use crate::support::Wheel;

#[test]
fn an_edit_names_its_lambda_and_no_other() {
    let project = repository();
    project.write("lambdas/a/a.py", "A = 2\n");
    let run = project.run(&["list", "--changed-since", "HEAD", "-q"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "a\n"), "{}", run.stderr);
}

#[test]
fn what_is_not_packaged_changes_nothing() {
    let project = repository();
    project.write("README.md", "words");
    project.write("lambdas/a/__pycache__/a.pyc", "");
    // Touched, and as it was.
    project.write("lambdas/a/a.py", "A = 1\n");
    let run = project.run(&["list", "--changed-since", "HEAD", "-q"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
}

#[test]
fn config_requirements_and_new_lambdas_count() {
    let project = repository();
    project.publish(&Wheel::new("one", "1.0"));
    project.write("dofs-package.toml", "python = \"3.12\"\n");
    project.write("lambdas/b/requirements.txt", "one\n");
    commit(&project);
    assert_eq!(project.run(&["list", "--changed-since", "HEAD", "-q"]).stdout, "");
    assert_eq!(project.run(&["list", "--changed-since", "HEAD~1", "-q"]).stdout, "b\n");
    project.write("lambdas/c/c.py", "");
    project.write("dofs-package.toml", "python = \"3.12\"\n[lambda.b]\nexclude = [\"b.py\"]\n");
    assert_eq!(project.run(&["list", "--changed-since", "HEAD", "-q"]).stdout, "b\nc\n");
    assert_eq!(project.run(&["list", "c", "--changed-since", "HEAD", "-q"]).stdout, "c\n");
}

#[test]
fn two_revisions_are_compared() {
    let project = repository();
    project.write("lambdas/a/a.py", "A = 2\n");
    commit(&project);
    project.write("lambdas/b/b.py", "B = 2\n");
    commit(&project);
    let changed = |rev: &str, since: &str| {
        project.run(&["list", "--rev", rev, "--changed-since", since, "-q"]).stdout
    };
    assert_eq!(changed("HEAD", "HEAD~2"), "a\nb\n");
    assert_eq!(changed("HEAD~1", "HEAD~2"), "a\n");
    assert_eq!(changed("HEAD", "HEAD"), "");
}

#[test]
fn only_what_has_changed_is_built() {
    let project = repository();
    project.write("lambdas/a/a.py", "A = 2\n");
    let run = project.run(&["--changed-since", "HEAD", "-q"]);
    assert_eq!(run.digests().keys().collect::<Vec<_>>(), ["a"], "{}", run.stderr);
    assert!(!project.path("lambdas/b/b.zip").exists());
    commit(&project);
    let run = project.run(&["build", "--changed-since", "HEAD"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
}

#[test]
fn what_can_not_be_packaged_is_a_failure_and_what_could_not_be_has_changed() {
    let project = repository();
    project.write("dofs-package.toml", "python = \"3.12\"\n");
    project.write("lambdas/b/requirements.txt", "nothing-there==1\n");
    let run = project.run(&["list", "--changed-since", "HEAD", "-q"]);
    assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{}", run.stderr);
    commit(&project);
    project.write("lambdas/b/requirements.txt", "");
    let run = project.run(&["list", "--changed-since", "HEAD", "-q"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "b\n"), "{}", run.stderr);
}

#[test]
fn a_revision_that_is_not_there_is_refused() {
    let project = repository();
    assert_eq!(project.run(&["list", "--changed-since", "nope"]).code, 2);
    assert_eq!(project.run(&["build", "--changed-since", "nope"]).code, 2);
    assert_eq!(project.run(&["verify", "--changed-since", "HEAD"]).code, 2);
}

#[test]
fn what_was_wrong_at_the_revision_is_not_said_of_now() {
    let project = repository();
    project.publish(&Wheel::new("one", "1.0"));
    project.write("lambdas/a/requirements.txt", "one\n");
    project.write("lambdas/a/a.py", "import nowhere\n");
    commit(&project);
    project.write("dofs-package.toml", "python = \"3.12\"\n");
    project.write("lambdas/a/a.py", "A = 3\n");
    let run = project.run(&["list", "--changed-since", "HEAD"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "a\n"), "{}", run.stderr);
    for past in ["that of `python3`", "nowhere", "set `python`"] {
        assert!(!run.stderr.contains(past), "{}", run.stderr);
    }
}

#[test]
fn that_nothing_has_changed_is_said() {
    let project = repository();
    let said = "    Finished 2 lambdas, none changed since `HEAD` in [TIME]\n";
    for command in ["build", "list"] {
        let run = project.run(&[command, "--changed-since", "HEAD"]);
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", said));
    }
}
