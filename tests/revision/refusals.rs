//! What can't be read of a revision is said, with the way out.

use expect_test::expect;

use super::{commit, configure, repository};
use crate::support::{Project, git};

#[test]
fn a_revision_that_is_not_there() {
    let project = repository();
    git(
        &project.root(),
        &["tag", "--annotate", "--message", "of a folder", "folder", "HEAD^{tree}"],
    );
    let others = [":/nothing", ":/[", "^HEAD", "HEAD..HEAD", "HEAD@{9}", "@{u}", "a b", "a\nb"];
    let objects = ["HEAD:lambdas", "HEAD:lambdas/a/a.py", "folder"];
    for name in [&["nope", "--all", ""], &others[..], &objects].concat() {
        let run = project.run(&[&format!("--rev={name}"), "-n"]);
        assert_eq!(run.code, 2, "{}", run.text());
    }
    expect![[r#"
        exit code: 2
        --- stdout
        --- stderr
        error: there is no revision `nope`
        hint: fetch it first, if this is a shallow clone: `git fetch --unshallow`
    "#]]
    .assert_eq(&project.run(&["--rev", "nope", "-n"]).text());
    expect![[r#"
        exit code: 2
        --- stdout
        --- stderr
        error: there is no revision `folder`
          caused by: error: folder^{commit}: expected commit type, but the object dereferences to tree type
    "#]].assert_eq(&project.run(&["--rev", "folder", "-n"]).text());
}

#[test]
fn a_project_without_a_repository() {
    let project = Project::with(&[("lambdas/a/a.py", "")]);
    let tool = project.tool().env("GIT_CEILING_DIRECTORIES", project.root().parent().expect("one"));
    expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: the project is in no git repository
    "#]]
    .assert_eq(&tool.run(&["--rev", "HEAD", "-n"]).text());
}

#[test]
fn a_machine_without_git() {
    let project = repository();
    let nowhere = project.home().join("nothing");
    expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
        error: there is no `git` on PATH
        hint: install git, or add its folder to PATH
    "#]]
    .assert_eq(&project.tool().env("PATH", nowhere).run(&["--rev", "HEAD", "-n"]).text());
}

#[test]
fn a_submodule_in_a_lambda() {
    let project = repository();
    let id = git(&project.root(), &["rev-parse", "HEAD"]);
    let entry = format!("160000,{id},lambdas/a/vendor");
    git(&project.root(), &["update-index", "--add", "--cacheinfo", &entry]);
    git(&project.root(), &["commit", "--quiet", "--message", "a submodule"]);
    expect![[r#"
        exit code: 4
        --- stdout
        b	vtcDIodgzgD234S02DzRbsMmEOCzDKz5OYWP5S/Xfb0=	lambdas/b/b.zip
        --- stderr
         Would build b (112 B, 1 file)
        error: `lambdas/a/vendor` is a submodule, and its commit is not in this clone
          --> lambdas/a/vendor
        hint: fetch it: `git submodule update --init lambdas/a/vendor`, where the revision is checked out
        error: 1 of 2 lambdas could not be packaged
    "#]]
    .assert_eq(&project.run(&["--rev", "HEAD", "-n"]).text());
    project.write("dofs-package.toml", "exclude = [\"vendor\"]\n");
    git(&project.root(), &["add", "dofs-package.toml"]);
    git(&project.root(), &["commit", "--quiet", "--message", "left out"]);
    assert_eq!(project.run(&["--rev", "HEAD", "-n"]).code, 0);
}

#[test]
fn a_submodule_that_is_a_lambda() {
    let project = repository();
    let id = git(&project.root(), &["rev-parse", "HEAD"]);
    let entry = format!("160000,{id},lambdas/c");
    git(&project.root(), &["update-index", "--add", "--cacheinfo", &entry]);
    git(&project.root(), &["commit", "--quiet", "--message", "a submodule"]);
    expect![[r#"
        exit code: 4
        --- stdout
        a	qgrDsxOT+KTrn5A7AP5AQHcaxOtFiStkO+Nv15Zz7q4=	lambdas/a/a.zip
        b	vtcDIodgzgD234S02DzRbsMmEOCzDKz5OYWP5S/Xfb0=	lambdas/b/b.zip
        --- stderr
        error: `lambdas/c` is a submodule, and its commit is not in this clone
          --> lambdas/c
        hint: fetch it: `git submodule update --init lambdas/c`, where the revision is checked out
        error: 1 of 3 lambdas could not be packaged
    "#]]
    .assert_eq(&project.run(&["--rev", "HEAD", "-n", "-q"]).text());
}

#[test]
fn a_repository_without_commits() {
    let project = Project::with(&[("lambdas/a/a.py", "")]);
    git(&project.root(), &["init", "--quiet"]);
    assert_eq!(project.run(&["--rev", "HEAD", "-n"]).code, 2);
    project.digests();
    assert_eq!(project.run(&["verify"]).code, 0);
}

#[test]
fn a_filter_that_fails_is_an_error_of_its_lambda() {
    let project = repository();
    project.write(".gitattributes", "lambdas/a/*.py filter=broken\n");
    commit(&project);
    configure(&project, "filter.broken.smudge", "false");
    configure(&project, "filter.broken.required", "true");
    expect![[r#"
        exit code: 5
        --- stdout
        b	vtcDIodgzgD234S02DzRbsMmEOCzDKz5OYWP5S/Xfb0=	lambdas/b/b.zip
        --- stderr
         Would build b (112 B, 1 file)
        error: cannot read `lambdas/a`
          --> lambdas/a
          caused by: `git checkout-index` failed (exit status: 128): fatal: lambdas/a/a.py: smudge filter broken failed
        error: 1 of 2 lambdas could not be packaged
    "#]]
    .assert_eq(&project.run(&["--rev", "HEAD", "-n"]).text());
}

#[test]
fn zips_of_another_commit_never_take_the_place_of_the_worktrees() {
    let project = repository();
    project.write("lambdas/a/a.py", "A = 2\n");
    expect![[r#"
        exit code: 2
        --- stdout
        --- stderr
        error: its zips would take the place of those of the worktree, which is another revision or has changes
        hint: let them go elsewhere with `--out-dir`, or only print the hashes with `-n`
    "#]]
    .assert_eq(&project.run(&["--rev", "HEAD"]).text());
    assert!(!project.path("lambdas/a/a.zip").exists());
}

#[test]
fn a_command_that_reads_no_revision() {
    let project = repository();
    expect![[r#"
        exit code: 2
        --- stdout
        --- stderr
        error: `--rev` is no option of `lock`
    "#]]
    .assert_eq(&project.run(&["--rev", "HEAD", "lock"]).text());
    assert_eq!(project.run(&["--rev", "HEAD", "cache", "dir"]).code, 2);
}

#[test]
fn a_commit_without_lambdas() {
    let project = repository();
    git(&project.root(), &["rm", "-r", "--quiet", "lambdas"]);
    git(&project.root(), &["commit", "--quiet", "--message", "nothing"]);
    project.write("lambdas/a/a.py", "");
    expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: no lambda in `lambdas/*`
        hint: make a directory for each lambda, or name the project with `--root` and its directories with `lambdas = ["…"]` in dofs-package.toml
    "#]]
    .assert_eq(&project.run(&["--rev", "HEAD", "-n"]).text());
}

#[test]
fn a_link_that_leads_through_itself_is_an_error_of_its_lambda() {
    let project = repository();
    std::os::unix::fs::symlink("foo/bar", project.path("lambdas/a/foo")).expect("a link");
    commit(&project);
    let run = project.run(&["--rev", "HEAD", "-n", "-q"]);
    assert_eq!(run.code, 4, "{}", run.text());
}

/// Git itself would go on with the file as it is kept.
#[test]
fn a_filter_that_fails_is_an_error_though_it_is_not_required() {
    let project = repository();
    project.write(".gitattributes", "lambdas/a/*.py filter=broken\n");
    commit(&project);
    configure(&project, "filter.broken.smudge", "false");
    let run = project.run(&["--rev", "HEAD", "-n", "-q"]);
    let words = "error: external filter 'false' failed";
    assert!(run.code == 5 && run.stderr.contains(words), "{}", run.text());
    assert!(run.stdout.starts_with("b\t"), "{}", run.text());
}
