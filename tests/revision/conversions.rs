//! The conversions of a checkout: a commit's package is that of a fresh clone.

use super::{at, cloned, commit, configure, repository};
use crate::support::git;

#[test]
fn line_ends_are_those_of_the_attributes() {
    let project = repository();
    project.write(".gitattributes", "*.py text eol=crlf\n*.txt text eol=lf\n");
    project.write("lambdas/a/b.txt", "one\r\ntwo\r\n");
    project.write("lambdas/a/c.bin", b"\0\r\n".as_slice());
    commit(&project);

    let commit = at(&project, "HEAD");

    assert_eq!(commit, cloned(&project, &project.home().join("clone")));
    // The worktree still has what was written there, before the attributes spoke.
    assert_ne!(commit, project.digests());
}

#[test]
fn line_ends_of_this_user_are_not_those_of_a_machine_for_builds() {
    let project = repository();
    let fresh = cloned(&project, &project.home().join("clone"));
    let config = "[core]\n\tautocrlf = true\n\teol = crlf\n\tattributesFile = ~/attributes\n";
    std::fs::write(project.home().join(".gitconfig"), config).expect("a file");
    std::fs::write(project.home().join("attributes"), "*.py text eol=crlf\n").expect("a file");
    git(&project.root(), &["config", "core.autocrlf", "true"]);

    assert_eq!(at(&project, "HEAD"), fresh);
}

#[test]
fn filters_are_run_and_identifiers_are_filled_in() {
    let project = repository();
    project.write(".gitattributes", "*.up filter=up\n*.id ident\n");
    project.write("lambdas/a/a.up", "shout\n");
    project.write("lambdas/a/a.id", "$Id$\n");
    commit(&project);
    configure(&project, "filter.up.smudge", "tr a-z A-Z");

    let out = project.path("out");
    let run = project.run(&["build", "a", "--rev", "HEAD", "-q", "--out-dir", "out"]);

    assert_eq!(run.code, 0, "{}", run.stderr);
    let entries = crate::support::entries(&out.join("a.zip"));
    assert_eq!(entries["a.up"].0, b"SHOUT\n");
    assert!(entries["a.id"].0.starts_with(b"$Id: "), "{:?}", entries["a.id"]);
}

#[test]
fn attributes_are_those_of_the_commit_and_not_of_the_worktree() {
    let project = repository();
    let before = at(&project, "HEAD");
    project.write(".gitattributes", "*.py text eol=crlf\n");

    assert_eq!(at(&project, "HEAD"), before);
}

#[test]
fn modes_and_links_are_those_of_the_commit_whatever_a_file_system_can() {
    let project = repository();
    project.write("lambdas/a/run.sh", "");
    let script = project.path("lambdas/a/run.sh").display().to_string();
    crate::support::output(std::process::Command::new("chmod").args(["+x", &script]));
    std::os::unix::fs::symlink("a.py", project.path("lambdas/a/link.py")).expect("a link");
    commit(&project);
    let before = project.digests();
    for setting in ["core.fileMode", "core.symlinks"] {
        git(&project.root(), &["config", setting, "false"]);
    }

    assert_eq!(at(&project, "HEAD"), before);
}

#[test]
fn encodings_are_those_of_the_attributes() {
    let project = repository();
    project.write(".gitattributes", "*.txt text working-tree-encoding=UTF-16LE eol=lf\n");
    project.write("lambdas/a/x.txt", [b'x', 0, b'\n', 0].as_slice());
    commit(&project);

    assert_eq!(at(&project, "HEAD"), project.digests());
}

#[test]
fn attributes_do_not_go_by_the_case_of_names_nor_by_another_tree() {
    let project = repository();
    project.write(".gitattributes", "*.PY text eol=crlf\n");
    let old = commit(&project);
    let before = at(&project, "HEAD");
    project.write(".gitattributes", "");
    commit(&project);
    assert_eq!(at(&project, "HEAD"), before);
    git(&project.root(), &["config", "core.ignoreCase", "true"]);
    git(&project.root(), &["config", "attr.tree", &old]);

    assert_eq!(at(&project, "HEAD"), before);
    assert_eq!(at(&project, &old), before);
}

#[test]
fn a_sparse_checkout_hides_nothing_of_the_commit() {
    let project = repository();
    let before = project.digests();
    git(&project.root(), &["sparse-checkout", "set", "--no-cone", "/lambdas/a/"]);
    assert!(!project.path("lambdas/b/b.py").exists());

    assert_eq!(at(&project, "HEAD"), before);
}
