//! Submodules of a revision: their files come from the repository that this clone has of them, at
//! the commit that the revision names.

use expect_test::expect;

use super::{at, commit, everything, repository};
use crate::support::{Project, git};

/// A repository with a module and requirements, to be a submodule.
fn library() -> Project {
    let library = Project::with(&[
        ("lib.py", "LIB = 1\n"),
        ("deep/inner.py", "INNER = 1\n"),
        (".gitattributes", "*.py text eol=crlf\n"),
        ("requirements.txt", "# nothing\n"),
    ]);
    git(&library.root(), &["init", "--quiet"]);
    commit(&library);
    library
}

fn add(project: &Project, library: &Project, path: &str) -> String {
    let address = library.root().display().to_string();
    let allow = "protocol.file.allow=always";
    git(&project.root(), &["-c", allow, "submodule", "--quiet", "add", &address, path]);
    commit(project)
}

#[test]
fn files_of_a_submodule_are_those_of_its_commit() {
    let (project, library) = (repository(), library());
    let first = add(&project, &library, "lambdas/a/vendor");
    let before = project.digests();
    assert_eq!(at(&project, "HEAD"), before);

    let vendor = project.path("lambdas/a/vendor");
    project.write("lambdas/a/vendor/lib.py", "LIB = 2\n");
    git(&vendor, &["commit", "--quiet", "--all", "--message", "two"]);
    commit(&project);
    assert_ne!(at(&project, "HEAD"), before);
    assert_eq!(at(&project, &first), before);
    // An edit of the worktree is no matter of the commit.
    project.write("lambdas/a/vendor/lib.py", "LIB = 3\n");
    project.write("lambdas/a/vendor/new.py", "");
    assert_eq!(at(&project, &first), before);
}

#[test]
fn a_submodule_that_is_not_checked_out_is_read_where_git_keeps_it() {
    let (project, library) = (repository(), library());
    add(&project, &library, "lambdas/a/vendor");
    add(&project, &library, "lambdas/c");
    let before = project.digests();
    git(&project.root(), &["submodule", "--quiet", "deinit", "--all", "--force"]);
    let untouched = everything(&project);
    assert_eq!(at(&project, "HEAD"), before);
    assert_eq!(everything(&project), untouched);
}

#[test]
fn a_submodule_in_a_submodule_is_read_too() {
    let (project, middle, library) = (repository(), library(), library());
    add(&middle, &library, "inner");
    add(&project, &middle, "lambdas/a/vendor");
    let update = ["submodule", "--quiet", "update", "--init", "--recursive"];
    git(&project.root(), &[&["-c", "protocol.file.allow=always"][..], &update].concat());
    let before = project.digests();
    project.run(&["-q"]);
    let names = project.entries("lambdas/a/a.zip");
    assert!(names.contains_key("vendor/inner/deep/inner.py"), "{:?}", names.keys());
    assert_eq!(at(&project, "HEAD"), before);
}

#[test]
fn a_clone_without_the_submodule_says_so() {
    let (project, library) = (repository(), library());
    add(&project, &library, "lambdas/a/vendor");
    let clone = project.home().join("clone");
    let (from, to) = (project.root().display().to_string(), clone.display().to_string());
    git(&project.home(), &["clone", "--quiet", &from, &to]);
    let run = project.tool().directory(&clone).run(&["-n", "-q", "--rev", "HEAD"]);
    expect![[r#"
        exit code: 4
        --- stdout
        b	vtcDIodgzgD234S02DzRbsMmEOCzDKz5OYWP5S/Xfb0=	lambdas/b/b.zip
        --- stderr
        error: `lambdas/a/vendor` is a submodule, and its commit is not in this clone
          --> lambdas/a/vendor
        hint: fetch it: `git submodule update --init lambdas/a/vendor`, where the revision is checked out
        error: 1 of 2 lambdas could not be packaged
    "#]]
    .assert_eq(&run.text());
}

#[test]
fn requirements_in_a_submodule_are_read_or_refused_with_the_command() {
    let (project, library) = (repository(), library());
    project.write("lambdas/a/requirements.txt", "-r ../../vendor/requirements.txt\n");
    add(&project, &library, "vendor");
    let before = project.digests();
    assert_eq!(at(&project, "HEAD"), before);
    git(&project.root(), &["submodule", "--quiet", "deinit", "--all", "--force"]);
    assert_eq!(at(&project, "HEAD"), before);
    let run = project.run(&["-n", "-q"]);
    expect![[r#"
        exit code: 4
        --- stdout
        b	vtcDIodgzgD234S02DzRbsMmEOCzDKz5OYWP5S/Xfb0=	lambdas/b/b.zip
        --- stderr
        error: the submodule `vendor` is not checked out
          --> lambdas/a/requirements.txt:1
        hint: run `git submodule update --init vendor`
        error: 1 of 2 lambdas could not be packaged
    "#]]
    .assert_eq(&run.text());
    project.write("lambdas/a/requirements.txt", "./vendor\n");
    assert!(project.run(&["-n", "-q"]).stderr.contains("update --init vendor"));
}

#[test]
fn the_hook_reads_submodules_as_a_build_does() {
    let (project, library) = (repository(), library());
    project.write("dofs-package.toml", "manifest = \"packages.json\"\n");
    add(&project, &library, "lambdas/a/vendor");
    project.digests();
    commit(&project);
    git(&project.root(), &["submodule", "--quiet", "deinit", "--all", "--force"]);
    let run = project.run(&["hook", "run"]);
    assert_eq!(run.code, 0, "{}", run.text());
}

#[test]
fn a_name_that_leads_out_of_the_repository_is_not_followed() {
    let (project, library) = (repository(), library());
    add(&project, &library, "lambdas/a/vendor");
    git(&project.root(), &["submodule", "--quiet", "deinit", "--all", "--force"]);
    let modules = "[submodule \"../modules/lambdas/a/vendor\"]\n\tpath = lambdas/a/vendor\n";
    project.write(".gitmodules", modules);
    commit(&project);
    assert_eq!(project.run(&["-n", "-q", "--rev", "HEAD"]).code, 4);
}
